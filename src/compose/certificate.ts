import { readFile } from 'node:fs/promises';
import { ScorerError } from '../errors.ts';

/** A file in PEM; throws CONFIG_FILE. */
export async function certificate(
  file: string | undefined,
  where: string,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const what = `the file ${file} cannot be read (${why})`;
    throw new ScorerError({
      code: 'CONFIG_FILE',
      what,
      where,
      remedy: 'Name a file that exists and is readable.',
    });
  }
}

import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LabelOptions } from '../compose/label-join.ts';
import type { ScoringPlan } from '../compose/scoring-plan.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { fileDestination } from '../files/destination.ts';
import { withKeys } from '../infer/model-yaml-keys.ts';
import { profileText } from '../monitor/profile-file.ts';
import type { Profile } from '../monitor/profile.ts';
import type { OfflineOptions } from './offline-input.ts';

export interface ProfileOptions extends OfflineOptions, LabelOptions {
  readonly output?: string;
  readonly background: number;
  readonly seed: number;
  readonly hours: boolean;
  readonly write?: boolean;
  readonly force?: boolean;
}

export const PROFILE = 'profile.json';
export const BACKGROUND = 'background.jsonl';

interface Places {
  readonly folder: string;
  readonly yaml: string;
}

/** Where the files are written. Throws where that would overwrite something unasked. */
export async function filesFor(
  { versions: [{ bundle }] }: ScoringPlan,
  { model }: Settings,
  { output, force, write, background }: ProfileOptions,
  cwd: string,
): Promise<Places> {
  if (output === undefined && model.source !== undefined)
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'the version comes from a source, and its files are not changed in the cache',
      where: '--output',
      remedy: 'Give --output FOLDER, and add the files to the version at its source.',
    });
  const folder = output === undefined ? bundle.folder : resolve(cwd, output);
  if (write === true && folder !== bundle.folder)
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'model.yaml can only name files of its own folder',
      where: '--write',
      remedy: 'Leave out --output, or --write.',
    });
  const yaml = join(bundle.folder, 'model.yaml');
  for (const name of [PROFILE, ...(background === 0 ? [] : [BACKGROUND])]) {
    const file = join(folder, name);
    if (force !== true && (await stat(file).catch(() => undefined)) !== undefined)
      throw new ScorerError({
        code: 'OUTPUT_UNWRITABLE',
        what: 'the file exists',
        where: file,
        remedy: 'Give --force to replace it.',
      });
  }
  await makeFolder(folder);
  return { folder, yaml };
}

/** Before events are scored for hours: a folder that cannot be made is found at once. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'a file is where the folder should be'
        : `the folder cannot be made (${code})`;
    throw new ScorerError({ code: 'OUTPUT_UNWRITABLE', what, where: folder }, { cause: error });
  }
}

export async function writeFiles(
  { folder }: Places,
  made: Profile,
  background: string,
): Promise<void> {
  const files = { [BACKGROUND]: background, [PROFILE]: profileText(made) };
  for (const [name, text] of Object.entries(files)) {
    if (text === '') continue;
    const file = await fileDestination(join(folder, name));
    await file.write(text);
    await file.keep();
  }
}

/** Names the files in model.yaml, or says what to write there. */
export async function nameIn(
  file: string,
  names: readonly string[],
  write: boolean,
): Promise<string> {
  const keys = Object.fromEntries(names.map((name) => [name.split('.')[0]!, name]));
  const lines = Object.entries(keys).map(([key, name]) => `  ${key}: ${name}\n`);
  if (!write)
    return `to use ${names.length === 1 ? 'it' : 'them'}, write into ${file}:\n${lines.join('')}`;
  const before = await readFile(file, 'utf8');
  const after = withKeys(before, keys, file);
  if (after === before) return '';
  const { mode } = await stat(file);
  const yaml = await fileDestination(file, mode);
  await yaml.write(after);
  await yaml.keep();
  return `named in ${file}\n`;
}

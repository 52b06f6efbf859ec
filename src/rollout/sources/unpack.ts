import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ScorerError } from '../../errors.ts';
import { archiveError, UnpackedFiles } from './unpacked-files.ts';

export type ArchiveFormat = 'tar' | 'tar.gz' | 'zip';

export interface UnpackOptions {
  readonly format: ArchiveFormat;
  /** All files together, unpacked. */
  readonly maxBytes: number;
  /** The address of the archive, for a message. */
  readonly where: string;
}

const MODEL_YAML = 'model.yaml';

/**
 * Unpacks the archive of a bundle into an empty folder. The bundle is at the top of the archive, or
 * in the only folder there that has a model.yaml.
 */
export async function unpack(
  archive: string,
  folder: string,
  { format, maxBytes, where }: UnpackOptions,
): Promise<void> {
  const files = new UnpackedFiles(folder, maxBytes, where);
  try {
    if (format === 'zip') await (await import('./zip-unpack.ts')).unpackZip(archive, files);
    else await (await import('./tar-unpack.ts')).unpackTar(archive, format === 'tar.gz', files);
  } catch (error) {
    if (error instanceof ScorerError || isOfDisk(error)) throw error;
    throw archiveError(error instanceof Error ? error.message : String(error), where);
  }
  await raise(folder, where);
}

/** Moves the bundle to the top. */
async function raise(folder: string, where: string): Promise<void> {
  if (await isThere(join(folder, MODEL_YAML))) return;
  const names = await readdir(folder);
  const bundles: string[] = [];
  for (const name of names) if (await isThere(join(folder, name, MODEL_YAML))) bundles.push(name);
  const [only, ...others] = bundles;
  if (only === undefined) throw archiveError('it has no model.yaml', where);
  if (others.length > 0)
    throw archiveError(`several of its folders have a model.yaml: ${bundles.join(', ')}`, where);
  const aside = `${folder}.only`;
  await rename(join(folder, only), aside);
  await rm(folder, { recursive: true });
  await rename(aside, folder);
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** In the folder of an entry: the files of a bundle, and beside them a list of these files. */
export const BUNDLE = 'bundle';
const LIST = 'files.json';

interface Listed {
  readonly bytes: number;
  readonly sha256: string;
}

/** Lists the files of an entry that is complete, and makes sure that all of it is on the disk. */
export async function seal(entry: string): Promise<void> {
  const bundle = join(entry, BUNDLE);
  const names = await filesIn(bundle);
  const list: Record<string, Listed> = {};
  for (const name of names) {
    const file = join(bundle, name);
    list[name] = { bytes: (await stat(file)).size, sha256: await checksum(file) };
    await sync(file);
  }
  await writeFile(join(entry, LIST), JSON.stringify({ files: list }, null, 2));
  await sync(join(entry, LIST));
  for (const folder of await foldersIn(bundle)) await sync(join(bundle, folder));
  await sync(bundle);
  await sync(entry);
}

/**
 * Whether an entry is there with exactly the files that were sealed; undefined: it is not there.
 */
export async function isIntact(entry: string): Promise<boolean | undefined> {
  if ((await stat(entry).catch(() => undefined)) === undefined) return undefined;
  try {
    const text = await readFile(join(entry, LIST), 'utf8');
    const { files } = JSON.parse(text) as { readonly files: Readonly<Record<string, Listed>> };
    const names = Object.keys(files).sort();
    const bundle = join(entry, BUNDLE);
    const there = await filesIn(bundle);
    if (names.length === 0 || names.join('\n') !== there.join('\n')) return false;
    for (const name of names) {
      const file = join(bundle, name);
      if ((await stat(file)).size !== files[name]!.bytes) return false;
      if ((await checksum(file)) !== files[name]!.sha256) return false;
    }
    return true;
  } catch {
    return false; // something of it cannot be read
  }
}

/** A file or a folder is on the disk, and not only in the memory of the system. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function filesIn(folder: string): Promise<string[]> {
  return namesIn(folder, false);
}

async function foldersIn(folder: string): Promise<string[]> {
  return namesIn(folder, true);
}

async function namesIn(folder: string, folders: boolean): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const kept: string[] = [];
  for (const name of names)
    if ((await stat(join(folder, name))).isDirectory() === folders) kept.push(name);
  return kept.sort();
}

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), hash);
  return hash.digest('hex');
}

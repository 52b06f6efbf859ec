import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { ScorerError } from '../../errors.ts';
import type { EntryKind, UnpackedFiles } from './unpacked-files.ts';

/** Takes the files out of a tar archive. */
export async function unpackTar(
  archive: string,
  gzip: boolean,
  files: UnpackedFiles,
): Promise<void> {
  const entries = extract();
  const reading = gzip
    ? pipeline(createReadStream(archive), createGunzip(), entries)
    : pipeline(createReadStream(archive), entries);
  const taking = (async () => {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (files.takes(name, kindOf(type))) await files.write(name, entry as AsyncIterable<Buffer>);
      else entry.resume();
    }
  })();
  const [read, taken] = await Promise.allSettled([reading, taking]);
  // each of them ends the other, whose error then says less
  if (taken.status === 'rejected' && isOurs(taken.reason)) throw taken.reason;
  if (read.status === 'rejected') throw read.reason;
  if (taken.status === 'rejected') throw taken.reason;
}

/** Not of the archive's bytes, but of what is done with them. */
function isOurs(error: unknown): boolean {
  return error instanceof ScorerError || (error instanceof Error && 'syscall' in error);
}

function kindOf(type: string | null | undefined): EntryKind {
  if (type === 'file' || type === 'contiguous-file') return 'file';
  return type === 'directory' ? 'folder' : 'other';
}

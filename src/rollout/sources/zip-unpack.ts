import { openPromise, type Entry } from 'yauzl';
import type { EntryKind, UnpackedFiles } from './unpacked-files.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const MADE_BY_UNIX = 3;

/** Takes the files out of a zip archive. */
export async function unpackZip(archive: string, files: UnpackedFiles): Promise<void> {
  const zip = await openPromise(archive, {
    lazyEntries: true,
    validateEntrySizes: true,
    strictFileNames: true,
    autoClose: false,
  });
  try {
    for await (const entry of zip.eachEntry()) {
      if (!files.takes(entry.fileName, kindOf(entry))) continue;
      const bytes = await zip.openReadStreamPromise(entry);
      bytes.on('error', () => undefined); // whoever reads it gets the error, also if it comes before
      await files.write(entry.fileName, bytes);
    }
  } finally {
    zip.close();
  }
}

/** Systems like Unix say in the upper half of the attributes what a file is. */
function kindOf({ fileName, versionMadeBy, externalFileAttributes }: Entry): EntryKind {
  if (fileName.endsWith('/')) return 'folder';
  const type = (externalFileAttributes >>> 16) & FILE_TYPE;
  const unix = versionMadeBy >>> 8 === MADE_BY_UNIX;
  return unix && type !== 0 && type !== REGULAR ? 'other' : 'file';
}

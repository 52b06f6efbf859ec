import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import type { EntryKind, UnpackedFiles } from './unpacked-files.ts';

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const MADE_BY_UNIX = 3;
const STORED = 0;
const DEFLATED = 8;

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
      if (files.takes(entry.fileName, kindOf(entry)))
        await files.write(entry.fileName, checked(await bytesOf(zip, entry), entry));
    }
  } finally {
    zip.close();
  }
}

/**
 * The stream of yauzl that decompresses emits errors without being destroyed, and who begins to
 * read it a moment later waits forever. So only its raw bytes are used.
 */
async function bytesOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  const { compressionMethod: method } = entry;
  if (entry.isEncrypted()) throw new Error(`${entry.fileName} is encrypted`);
  if (method !== STORED && method !== DEFLATED)
    throw new Error(`${entry.fileName} has the unknown compression ${method}`);
  const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  if (method === STORED) return raw.on('error', (error) => raw.destroy(error));
  const inflate = createInflateRaw();
  // Whoever reads it gets the error, but one that comes after the reader has stopped has no other
  // listener.
  for (const stream of [raw, inflate]) stream.on('error', () => undefined);
  return pipeline(raw, inflate, () => undefined);
}

/** The library checks neither the checksum nor, of raw bytes, the size. */
async function* checked(
  bytes: Readable,
  { fileName, uncompressedSize, crc32: expected }: Entry,
): AsyncGenerator<Buffer> {
  let crc = 0;
  let size = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    crc = crc32(chunk, crc);
    size += chunk.length;
    if (size > uncompressedSize) break;
    yield chunk;
  }
  if (size !== uncompressedSize || crc !== expected)
    throw new Error(`${fileName} is not what the archive says of it`);
}

/** Systems like Unix say in the upper half of the attributes what a file is. */
function kindOf({ fileName, versionMadeBy, externalFileAttributes }: Entry): EntryKind {
  if (fileName.endsWith('/')) return 'folder';
  const type = (externalFileAttributes >>> 16) & FILE_TYPE;
  const unix = versionMadeBy >>> 8 === MADE_BY_UNIX;
  return unix && type !== 0 && type !== REGULAR ? 'other' : 'file';
}

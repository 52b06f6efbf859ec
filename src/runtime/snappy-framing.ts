import { compress, uncompress } from 'snappy';

/**
 * Kafka uses the format of snappy-java: a header (magic, version, oldest compatible version) and
 * then blocks, each with its length before it. Other clients write one plain block, so that is read
 * too. Format: https://github.com/xerial/snappy-java, SnappyOutputStream.
 */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const VERSION = 1;
const HEADER_BYTES = MAGIC.length + 8;
const LENGTH_BYTES = 4;
/** Readers may keep a block in a buffer of this size. */
const BLOCK_BYTES = 32 * 1024;

export async function snappyCompress(bytes: Buffer): Promise<Buffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeInt32BE(VERSION, MAGIC.length);
  header.writeInt32BE(VERSION, MAGIC.length + 4);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = await compress(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Throws RangeError if the lengths of the blocks do not match. */
export async function snappyDecompress(bytes: Buffer): Promise<Buffer> {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return inflate(bytes);
  const parts: Buffer[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    const end = start + bytes.readInt32BE(at);
    if (end <= start || end > bytes.length)
      throw new RangeError('a snappy block ends beyond its batch');
    parts.push(await inflate(bytes.subarray(start, end)));
    at = end;
  }
  return Buffer.concat(parts);
}

/** The decompressed size that the blocks declare. The library allocates this much. */
export function snappyLength(bytes: Buffer): number {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return blockLength(bytes, 0, bytes.length);
  let total = 0;
  for (let at = HEADER_BYTES; at + LENGTH_BYTES <= bytes.length;) {
    const start = at + LENGTH_BYTES;
    const end = start + bytes.readInt32BE(at);
    if (end <= start) break; // decompressing it reports the error
    total += blockLength(bytes, start, end);
    at = end;
  }
  return total;
}

/**
 * A block begins with its decompressed length: seven bits per byte, the lowest first, five bytes at
 * most.
 */
function blockLength(bytes: Buffer, start: number, end: number): number {
  let length = 0;
  for (let at = start, scale = 1; at < Math.min(end, start + 5, bytes.length); at++, scale *= 128) {
    length += (bytes[at]! & 0x7f) * scale;
    if (bytes[at]! < 0x80) break;
  }
  return length;
}

async function inflate(block: Buffer): Promise<Buffer> {
  return (await uncompress(block)) as Buffer;
}

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Node.js cannot read more of a file at once. */
export const MAX_BYTES = 2 ** 31 - 1;

/**
 * One part is hashed while the next is read. There are few parts, because each costs a turn of the
 * event loop.
 */
const PART_BYTES = 4 << 20;

export interface WholeFile {
  readonly bytes: Uint8Array;
  /** In hexadecimal digits; undefined if not requested. */
  readonly sha256: string | undefined;
}

/** Reads a file into one piece of memory and computes its checksum. */
export async function readWhole(file: string, hashed: boolean): Promise<WholeFile> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_BYTES)
      throw new RangeError(`the file has ${size} bytes; at most ${MAX_BYTES} can be read at once`);
    const bytes = Buffer.allocUnsafeSlow(size);
    const hash = hashed ? createHash('sha256') : undefined;
    const part = async (from: number): Promise<number> =>
      from === size
        ? 0
        : (await handle.read(bytes, from, Math.min(PART_BYTES, size - from), from)).bytesRead;
    let end = 0;
    // If the file became shorter meanwhile, it ends before its size.
    for (let length = await part(0); length > 0;) {
      const next = part(end + length);
      hash?.update(bytes.subarray(end, end + length));
      end += length;
      length = await next;
    }
    return { bytes: bytes.subarray(0, end), sha256: hash?.digest('hex') };
  } finally {
    await handle.close();
  }
}

import { uncompress } from 'snappy';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw, zstdDecompress } from 'node:zlib';
import { snappyLength } from '../runtime/snappy-framing.ts';

/** In MiB, of a decompressed block: a small corrupt block must not take all the memory. */
export const MAX_BLOCK_MIB = 256;
const maxOutputLength = MAX_BLOCK_MIB * 1024 * 1024;
const CRC_BYTES = 4;

/**
 * Decompressors for the blocks of a container, by the codec in its header. They reject invalid
 * data.
 */
export const UNPACK: Readonly<Record<string, (block: Buffer) => Promise<Buffer>>> = {
  null: (block) => Promise.resolve(block),
  deflate: (block) => promisify(inflateRaw)(block, { maxOutputLength }),
  zstandard: (block) => promisify(zstdDecompress)(block, { maxOutputLength }),
  snappy: async (block) => {
    const packed = block.subarray(0, -CRC_BYTES);
    // The library allocates what the block declares, before it reads the rest of it.
    if (snappyLength(packed) > maxOutputLength)
      throw new RangeError('the block declares more than that');
    const bytes = (await uncompress(packed)) as Buffer;
    if (crc32(bytes) !== block.readUInt32BE(block.length - CRC_BYTES))
      throw new RangeError('the checksum differs');
    return bytes;
  },
};

/** Every Avro reader has to support deflate. */
export const packDeflate = (bytes: Buffer): Promise<Buffer> => promisify(deflateRaw)(bytes, {});

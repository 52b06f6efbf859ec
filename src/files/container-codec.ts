import { uncompress } from 'snappy';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw, zstdDecompress } from 'node:zlib';

/** Most bytes a block may unpack to: what a small corrupt one claims must not take the memory. */
const maxOutputLength = 256 * 1024 * 1024;
const CRC_BYTES = 4;

/**
 * What unpacks a block of a container, by the codec its header names. They reject what does not
 * fit.
 */
export const UNPACK: Readonly<Record<string, (block: Buffer) => Promise<Buffer>>> = {
  null: (block) => Promise.resolve(block),
  deflate: (block) => promisify(inflateRaw)(block, { maxOutputLength }),
  zstandard: (block) => promisify(zstdDecompress)(block, { maxOutputLength }),
  snappy: async (block) => {
    const bytes = (await uncompress(block.subarray(0, -CRC_BYTES))) as Buffer;
    if (crc32(bytes) !== block.readUInt32BE(block.length - CRC_BYTES))
      throw new RangeError('the checksum differs');
    return bytes;
  },
};

/** Every reader of Avro has to know deflate. */
export const packDeflate = (bytes: Buffer): Promise<Buffer> => promisify(deflateRaw)(bytes, {});

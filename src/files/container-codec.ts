import { uncompress } from 'snappy';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw, zstdDecompress } from 'node:zlib';

/** Most bytes of a decompressed block: a small corrupt block must not take all the memory. */
const maxOutputLength = 256 * 1024 * 1024;
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
    const bytes = (await uncompress(block.subarray(0, -CRC_BYTES))) as Buffer;
    if (crc32(bytes) !== block.readUInt32BE(block.length - CRC_BYTES))
      throw new RangeError('the checksum differs');
    return bytes;
  },
};

/** Every Avro reader has to support deflate. */
export const packDeflate = (bytes: Buffer): Promise<Buffer> => promisify(deflateRaw)(bytes, {});

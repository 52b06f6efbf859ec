import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { promisify } from 'node:util';
import { unzip, zstdCompress, zstdDecompress } from 'node:zlib';
import { BatchTooLarge } from './fetch/fetch-limits.ts';
import { lz4Length } from '../runtime/lz4-length.ts';
import { snappyCompress, snappyDecompress, snappyLength } from '../runtime/snappy-framing.ts';

interface Encoder {
  readonly buffer: Buffer;
}

interface Codec {
  readonly compress: (encoder: Encoder) => Promise<Buffer>;
  readonly decompress: (buffer: Buffer) => Promise<Buffer>;
}

const codec =
  (compress: (bytes: Buffer) => Promise<Buffer>, decompress: (bytes: Buffer) => Promise<Buffer>) =>
  (): Codec => ({
    compress: ({ buffer }) => compress(buffer),
    decompress,
  });

const { CompressionTypes, CompressionCodecs } = kafkajs;

/** By the names in the configuration. */
export const COMPRESSIONS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;

/** kafkajs only knows gzip; a record batch with another codec would end its consumer. */
export function registerCodecs(): void {
  Object.assign(CompressionCodecs as object, {
    [CompressionTypes.Snappy]: codec(snappyCompress, snappyDecompress),
    [CompressionTypes.LZ4]: codec(compressFrame, decompressFrame),
    [CompressionTypes.ZSTD]: codec(promisify(zstdCompress), promisify(zstdDecompress)),
  });
}

const nameOf = new Map(Object.entries(COMPRESSIONS).map(([name, type]) => [type as number, name]));
const unzipped = promisify(unzip);
const unzstd = promisify(zstdDecompress);

/**
 * Decompresses data of at most `most` bytes. For larger data it throws BatchTooLarge before
 * allocating memory. gzip and zstd are decompressed piece by piece up to the limit. The libraries
 * for snappy and lz4 decompress everything at once, so the size is computed first.
 */
export async function decompressWithin(type: number, bytes: Buffer, most: number): Promise<Buffer> {
  switch (nameOf.get(type)) {
    case 'gzip':
      return within(unzipped(bytes, { maxOutputLength: most }));
    case 'zstd':
      return within(unzstd(bytes, { maxOutputLength: most }));
    case 'snappy':
      if (snappyLength(bytes) > most) throw new BatchTooLarge();
      return snappyDecompress(bytes);
    case 'lz4':
      if (lz4Length(bytes, most) > most) throw new BatchTooLarge();
      return decompressFrame(bytes);
    default:
      throw new Error(`a fetched record batch is compressed with the unknown codec ${type}`);
  }
}

async function within(unpacked: Promise<Buffer>): Promise<Buffer> {
  try {
    return await unpacked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new BatchTooLarge({ cause: error });
    throw error;
  }
}

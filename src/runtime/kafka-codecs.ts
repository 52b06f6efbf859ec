import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { snappyCompress, snappyDecompress } from './snappy-framing.ts';

interface Encoder {
  readonly buffer: Buffer;
}

interface Codec {
  readonly compress: (encoder: Encoder) => Promise<Buffer>;
  readonly decompress: (buffer: Buffer) => Promise<Buffer>;
}

const codec =
  (compress: (bytes: Buffer) => Promise<Buffer>, decompress: (bytes: Buffer) => Promise<Buffer>) => (): Codec => ({
    compress: ({ buffer }) => compress(buffer),
    decompress,
  });

const { CompressionTypes, CompressionCodecs } = kafkajs;

/** By the names of the configuration. */
export const COMPRESSIONS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;

/** kafkajs knows gzip only; a record batch in another codec would end its consumer. */
export function registerCodecs(): void {
  Object.assign(CompressionCodecs as object, {
    [CompressionTypes.Snappy]: codec(snappyCompress, snappyDecompress),
    [CompressionTypes.LZ4]: codec(compressFrame, decompressFrame),
    [CompressionTypes.ZSTD]: codec(promisify(zstdCompress), promisify(zstdDecompress)),
  });
}

import { crc32c } from '@node-rs/crc32';

/** A record batch whose bytes were changed by hand, with the checksum that it has then. */
export function checksummed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

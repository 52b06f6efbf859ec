import type { Batch } from '../flow/batch.ts';
import { RecordView } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';

/** FNV-1a of 32 bits. */
const START = 0x811c9dc5;
const PRIME = 0x01000193;
const PLACES = 2 ** 32;

/**
 * The rows of a batch whose keys belong to a share, in percent. Each key has one place among all
 * keys, whatever the share, the topic and the version are. So a key that belongs to 5 % belongs to
 * 10 %, too, and a replay finds the same rows. A record without a key has the place of its offset.
 *
 * The hash is not the one that Kafka chooses partitions with, because each partition should have
 * the same share. FNV-1a alone places keys that differ only at their end near each other; the steps
 * at its end (those of MurmurHash3) spread them.
 */
export function rowsOfShare(batch: Batch, percent: number): Int32Array {
  const limit = (percent / 100) * PLACES;
  const { records } = batch;
  const rows = new Int32Array(records.length);
  let count = 0;
  for (let row = 0; row < records.length; row++)
    if (placeOf(records[row]!, batch) < limit) rows[count++] = row;
  return rows.subarray(0, count);
}

function placeOf(record: InputRecord, { topic, partition }: Batch): number {
  if (record instanceof RecordView) {
    const { block, keyStart, keyEnd } = record;
    if (keyStart >= 0) return placeOfBytes(block, keyStart, keyEnd);
  } else if (record.key !== null) return placeOfBytes(record.key, 0, record.key.length);
  const offset = Buffer.from(`${topic}:${partition}:${record.offset}`);
  return placeOfBytes(offset, 0, offset.length);
}

function placeOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = START;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

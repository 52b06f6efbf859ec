import { crc32c } from '@node-rs/crc32';
import type { Unread } from '../../flow/record.ts';
import { CorruptBatch, isOutOfMemory } from './corrupt-batch.ts';
import { BatchTooLarge, type FetchLimits } from './fetch-limits.ts';
import {
  FetchedRecord,
  FetchedRecords,
  UnreadRecord,
  type BatchContext,
} from './fetched-records.ts';
import { RECORD_COST, RecordReader, type OfBatch } from './record-reader.ts';

/**
 * Undoes the compression of a batch's records; `codec`: Kafka's number of it, above 0. Throws
 * BatchTooLarge where they would have more than `most` bytes, before they do.
 */
export type Decompress = (codec: number, records: Buffer, most: number) => Promise<Buffer>;

export interface Reading {
  readonly decompress: Decompress;
  readonly limits: FetchLimits;
  /** Where the reader is: what lies before is not read again. */
  readonly from: number;
}

/** Bytes before the records: everything up to and with their count. */
const HEADER_BYTES = 61;
/** Base offset and the length itself, which the length does not count. */
const NOT_COUNTED = 12;
const CRC_AT = 17;
/** What the checksum is of: everything from here on. */
const ATTRIBUTES_AT = 21;
const CODEC_MASK = 0x07;
/** zstd */
const LAST_CODEC = 4;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const EMPTY = Buffer.alloc(0);
/** Where there is no key, or no value. */
const NONE = -1;

/**
 * Reads the record batches (magic 2) of a fetched partition:
 * https://kafka.apache.org/documentation/#recordbatch A last batch that is cut off is left out; the
 * broker sends it again. Where compaction has taken the last records of a batch, a hidden record
 * stands at its end, so that a reader goes on behind it.
 *
 * A batch that is as the broker took it, and cannot be read all the same, was written so: its
 * records are told of without anything but their offsets. Where the checksum is wrong, what comes
 * before the batch is answered, and next time CorruptBatch is thrown.
 *
 * What it holds in memory is bounded, whatever a batch unpacks to: reading ends, even in the middle
 * of a batch, once so much was read, and the next fetch goes on from there. A batch that is too
 * large to be unpacked is read as records without anything but their offsets.
 */
export async function readRecordBatches(bytes: Buffer, reading: Reading): Promise<FetchedRecords> {
  const records = new FetchedRecords();
  let left = reading.limits.batchBytes;
  for (let at = 0; bytes.length - at >= HEADER_BYTES && left > 0;) {
    const end = at + NOT_COUNTED + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    try {
      left = await readBatch(bytes.subarray(at, end), reading, left, records);
    } catch (error) {
      if (!(error instanceof CorruptBatch) || records.length === 0) throw error;
      break;
    }
    at = end;
  }
  return records;
}

/** Answers how much may still be read; nothing where the batch was not read to its end. */
async function readBatch(
  batch: Buffer,
  reading: Reading,
  left: number,
  into: FetchedRecords,
): Promise<number> {
  const baseOffset = long(batch, 0);
  if (batch.length < HEADER_BYTES)
    throw new CorruptBatch('it is shorter than its header', baseOffset, baseOffset);
  const { from, limits, decompress } = reading;
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const lastOffset = baseOffset + batch.readInt32BE(23);
  if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CRC_AT)) {
    throw new CorruptBatch('its checksum does not match its bytes', baseOffset, lastOffset);
  }
  // Only now is its last offset to be believed: a wrong one would pass over records without a word.
  if (lastOffset < from) return left;
  const control = (attributes & CONTROL) !== 0;
  const context: BatchContext = {
    producerId: String(batch.readBigInt64BE(43)),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
  };
  const codec = attributes & CODEC_MASK;
  if (codec > LAST_CODEC)
    throw new CorruptBatch(
      `it is compressed with the unknown codec ${codec}`,
      baseOffset,
      lastOffset,
    );
  const timestamp = long(batch, 35);
  const read = into.length;
  try {
    let body = batch.subarray(HEADER_BYTES);
    if (codec !== 0) body = await decompress(codec, body, limits.batchBytes);
    const of: OfBatch = {
      baseOffset,
      firstTimestamp: long(batch, 27),
      appendTime: (attributes & LOG_APPEND_TIME) === 0 ? undefined : timestamp,
      control,
      context,
    };
    left = new RecordReader(body, of, limits.recordBytes).read(
      batch.readInt32BE(57),
      from,
      left,
      into,
    );
  } catch (error) {
    if (control || isOutOfMemory(error)) throw error;
    const first = into.length > read ? into.at(-1)!.offset + 1 : Math.max(baseOffset, from);
    return unread(whyUnread(error, limits), first, lastOffset, timestamp, context, left, into);
  }
  if (control) into.hidden = true;
  if (left > 0 && (into.at(-1)?.offset ?? -1) < lastOffset) {
    into.push(
      new FetchedRecord(
        true,
        context,
        lastOffset,
        long(batch, 35),
        undefined,
        EMPTY,
        NONE,
        NONE,
        NONE,
        NONE,
      ),
    );
    into.hidden = true;
  }
  return left;
}

function whyUnread(error: unknown, { batchBytes }: FetchLimits): Unread {
  if (error instanceof BatchTooLarge) {
    const why = `more than ${batchBytes} bytes (input.maxBatchBytes), which was not decompressed`;
    return { code: 'BATCH_TOO_LARGE', message: `the record is in a batch of ${why}` };
  }
  const why = error instanceof Error ? error.message : String(error);
  return {
    code: 'BATCH_UNREADABLE',
    message: `the record is in a batch that its producer wrote incorrectly: ${why}`,
  };
}

/**
 * Every offset of a batch that was not read. Which of them compaction has taken is not known, so
 * all of them are told of.
 */
function unread(
  why: Unread,
  first: number,
  last: number,
  timestamp: number,
  context: BatchContext,
  left: number,
  into: FetchedRecords,
): number {
  for (let offset = first; offset <= last; offset++) {
    if (left <= 0) return 0;
    left -= RECORD_COST;
    into.push(
      new UnreadRecord(
        why,
        false,
        context,
        offset,
        timestamp,
        undefined,
        EMPTY,
        NONE,
        NONE,
        NONE,
        NONE,
      ),
    );
  }
  return left;
}

/** A signed 64-bit number as a double. */
function long(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

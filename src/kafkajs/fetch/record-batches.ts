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
 * Decompresses the records of a batch; `codec`: its number in Kafka, above 0. Throws BatchTooLarge
 * if they would have more than `most` bytes, before memory is allocated for them.
 */
export type Decompress = (codec: number, records: Buffer, most: number) => Promise<Buffer>;

export interface Reading {
  readonly decompress: Decompress;
  readonly limits: FetchLimits;
  /** The position of the reader: everything before it is not read again. */
  readonly from: number;
}

/** Bytes before the records: everything including their count. */
const HEADER_BYTES = 61;
/** Base offset and length, which the length does not include. */
const NOT_COUNTED = 12;
const CRC_AT = 17;
/** The checksum covers everything from here on. */
const ATTRIBUTES_AT = 21;
const CODEC_MASK = 0x07;
/** zstd */
const LAST_CODEC = 4;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const EMPTY = Buffer.alloc(0);
/** For a missing key or value. */
const NONE = -1;

/**
 * Reads the record batches (magic 2) of a fetched partition:
 * https://kafka.apache.org/documentation/#recordbatch
 *
 * An incomplete last batch is ignored; the broker sends it again. If compaction has removed the
 * last records of a batch, a hidden record is added at its end, so a reader continues after it. A
 * batch with a correct checksum that cannot be read was written so: its records are reported with
 * nothing but their offsets. If the checksum is wrong, the batches before are returned, and the
 * next call throws CorruptBatch.
 *
 * Memory is limited, whatever the decompressed size of a batch: reading ends, even within a batch,
 * after a certain amount, and the next fetch continues there. The records of a batch that is too
 * large to be decompressed are reported with nothing but their offsets.
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

/** Returns how much may still be read; undefined if the batch was not read to its end. */
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
  // Only after the checksum its last offset can be trusted: a wrong one would silently skip
  // records.
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
 * Every offset of an unread batch. It is not known which of them compaction has removed, so all are
 * reported.
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

import { BatchTooLarge, type FetchLimits } from './fetch-limits.ts';
import { FetchedRecord, FetchedRecords, UnreadRecord, type BatchContext } from './fetched-records.ts';
import { RECORD_COST, RecordReader, type OfBatch } from './record-reader.ts';

/**
 * Undoes the compression of a batch's records; `codec`: Kafka's number of it, above 0. Throws BatchTooLarge where they would
 * have more than `most` bytes, before they do.
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
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const EMPTY = Buffer.alloc(0);
/** Where there is no key, or no value. */
const NONE = -1;

/**
 * Reads the record batches (magic 2) of a fetched partition: https://kafka.apache.org/documentation/#recordbatch
 * A last batch that is cut off is left out; the broker sends it again. Where compaction has taken the last records of
 * a batch, a hidden record stands at its end, so that a reader goes on behind it. Throws where lengths lie.
 *
 * What it holds in memory is bounded, whatever a batch unpacks to: reading ends, even in the middle of a batch, once so much
 * was read, and the next fetch goes on from there. A batch that is too large to be unpacked is read as records without
 * anything but their offsets.
 */
export async function readRecordBatches(bytes: Buffer, reading: Reading): Promise<FetchedRecords> {
  const records = new FetchedRecords();
  let left = reading.limits.batchBytes;
  for (let at = 0; bytes.length - at >= HEADER_BYTES && left > 0;) {
    const end = at + NOT_COUNTED + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    left = await readBatch(bytes.subarray(at, end), reading, left, records);
    at = end;
  }
  return records;
}

/** Answers how much may still be read; nothing where the batch was not read to its end. */
async function readBatch(batch: Buffer, reading: Reading, left: number, into: FetchedRecords): Promise<number> {
  if (batch.length < HEADER_BYTES) throw new Error('a fetched record batch is shorter than its header');
  const { from, limits, decompress } = reading;
  const attributes = batch.readInt16BE(21);
  const baseOffset = long(batch, 0);
  const lastOffset = baseOffset + batch.readInt32BE(23);
  if (lastOffset < from) return left;
  const control = (attributes & CONTROL) !== 0;
  const context: BatchContext = {
    producerId: String(batch.readBigInt64BE(43)),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
  };
  const codec = attributes & CODEC_MASK;
  let body = batch.subarray(HEADER_BYTES);
  if (codec !== 0) {
    try {
      body = await decompress(codec, body, limits.batchBytes);
    } catch (error) {
      if (!(error instanceof BatchTooLarge)) throw error;
      return unread(Math.max(baseOffset, from), lastOffset, long(batch, 35), context, limits, left, into);
    }
  }
  const of: OfBatch = {
    baseOffset,
    firstTimestamp: long(batch, 27),
    appendTime: (attributes & LOG_APPEND_TIME) === 0 ? undefined : long(batch, 35),
    control,
    context,
  };
  left = new RecordReader(body, of, limits.recordBytes).read(batch.readInt32BE(57), from, left, into);
  if (control) into.hidden = true;
  if (left > 0 && (into.at(-1)?.offset ?? -1) < lastOffset) {
    into.push(new FetchedRecord(true, context, lastOffset, long(batch, 35), undefined, EMPTY, NONE, NONE, NONE, NONE));
    into.hidden = true;
  }
  return left;
}

/** Every offset of a batch that was not unpacked. Which of them compaction has taken is not known, so all of them are told of. */
function unread(
  first: number,
  last: number,
  timestamp: number,
  context: BatchContext,
  { batchBytes }: FetchLimits,
  left: number,
  into: FetchedRecords,
): number {
  const why = {
    code: 'BATCH_TOO_LARGE',
    message: `the record is in a batch of more than ${batchBytes} bytes (input.maxBatchBytes), which was not unpacked`,
  } as const;
  for (let offset = first; offset <= last; offset++) {
    if (left <= 0) return 0;
    left -= RECORD_COST;
    into.push(new UnreadRecord(why, false, context, offset, timestamp, undefined, EMPTY, NONE, NONE, NONE, NONE));
  }
  return left;
}

/** A signed 64-bit number as a double. */
function long(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

import { crc32c } from '@node-rs/crc32';
import { headersInOrder } from '../../flow/headers.ts';
import { keyLength, putBytes, putKey, putValue, valueLength } from '../../flow/record-view.ts';
import type { OutputRecord } from '../../flow/record.ts';

/** The values in the header of a record batch, for all its records. */
export interface BatchFields {
  /** Timestamp of every record, ms. */
  readonly timestamp: number;
  /** -1 without idempotence. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
  /** Kafka's number of the codec; 0: none. */
  readonly codec: number;
  /** Compresses the records; only called if `codec` is not 0. */
  readonly compress: (records: Buffer) => Promise<Buffer>;
}

/** Bytes before the records: everything including their count. */
const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const MAGIC = 2;
const TRANSACTIONAL_BIT = 16;
/** Base offset and length, which the length does not include. */
const NOT_COUNTED = 12;
/**
 * Maximum bytes of the varints (lengths, offset delta, header count), of the attributes and of the
 * timestamp delta.
 */
const RECORD_OVERHEAD = 24;

type Records = readonly Pick<OutputRecord, 'key' | 'value' | 'headers'>[];

/**
 * Encodes records as one Kafka record batch (magic 2): first it computes the sizes, then it writes
 * every byte once into one buffer, then the checksum. Format:
 * https://kafka.apache.org/documentation/#recordbatch
 */
export async function encodeRecordBatch(records: Records, fields: BatchFields): Promise<Buffer> {
  const { codec, compress } = fields;
  const flat = Buffer.allocUnsafeSlow(HEADER_BYTES + mostBytesOf(records));
  const end = writeRecords(flat, HEADER_BYTES, records);
  let batch = flat.subarray(0, end);
  if (codec !== 0) {
    const compressed = await compress(flat.subarray(HEADER_BYTES, end));
    batch = Buffer.concat([flat.subarray(0, HEADER_BYTES), compressed]);
  }
  writeHeader(batch, records.length, fields);
  return batch;
}

function writeHeader(batch: Buffer, count: number, fields: BatchFields): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  view.setBigInt64(0, 0n); // base offset: the broker sets it
  view.setInt32(LENGTH_AT, batch.length - NOT_COUNTED);
  view.setInt32(12, 0); // partition leader epoch
  view.setInt8(MAGIC_AT, MAGIC);
  view.setInt16(ATTRIBUTES_AT, fields.codec | (fields.transactional ? TRANSACTIONAL_BIT : 0));
  view.setInt32(23, count - 1);
  view.setBigInt64(27, BigInt(fields.timestamp));
  view.setBigInt64(35, BigInt(fields.timestamp));
  view.setBigInt64(43, fields.producerId);
  view.setInt16(51, fields.producerEpoch);
  view.setInt32(53, fields.firstSequence);
  view.setInt32(57, count);
  view.setUint32(CRC_AT, crc32c(batch.subarray(ATTRIBUTES_AT)));
}

function writeRecords(into: Buffer, at: number, records: Records): number {
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const { headers } = record;
    const [key, value] = [keyLength(record), valueLength(record)];
    const body =
      2 + varintBytes(zigzag(i)) + withLength(key) + withLength(value) + headersLength(headers);
    at = writeVarint(into, at, zigzag(body));
    into[at++] = 0; // attributes
    into[at++] = 0; // timestamp delta: all were written now
    at = writeVarint(into, at, zigzag(i));
    at = writeVarint(into, at, zigzag(key));
    if (key > 0) at = putKey(record, into, at);
    at = writeVarint(into, at, zigzag(value));
    if (value > 0) at = putValue(record, into, at);
    at = headers === undefined ? ((into[at] = 0), at + 1) : writeHeaders(into, at, headers);
  }
  return at;
}

type HeadersOf = NonNullable<OutputRecord['headers']>;

/** Every header of a record, as bytes. */
function entries(headers: HeadersOf): [name: Buffer, value: Buffer | null][] {
  return headersInOrder(headers).map(([name, value]) => [
    Buffer.from(name),
    typeof value === 'string' ? Buffer.from(value) : value,
  ]);
}

function headersLength(headers: OutputRecord['headers']): number {
  if (headers === undefined) return 1;
  const list = entries(headers);
  return list.reduce(
    (sum, [name, value]) => sum + withLength(name.length) + withLength(lengthOf(value)),
    varintBytes(zigzag(list.length)),
  );
}

function writeHeaders(into: Buffer, at: number, headers: HeadersOf): number {
  const list = entries(headers);
  at = writeVarint(into, at, zigzag(list.length));
  for (const [name, value] of list) at = writeBytes(into, writeBytes(into, at, name), value);
  return at;
}

function mostBytesOf(records: Records): number {
  let sum = 0;
  for (const record of records) sum += mostBytes(record);
  return sum;
}

function mostBytes(record: Records[number]): number {
  const bytes = Math.max(keyLength(record), 0) + Math.max(valueLength(record), 0);
  return RECORD_OVERHEAD + bytes + headersLength(record.headers);
}

const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

function writeVarint(into: Buffer, at: number, value: number): number {
  while (value >= 0x80) {
    into[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  into[at++] = value;
  return at;
}

/** Bytes of a value together with its length; -1: null. */
const withLength = (length: number): number =>
  length < 0 ? 1 : varintBytes(zigzag(length)) + length;

/** A header may have no value. */
const lengthOf = (bytes: Buffer | null): number => bytes?.length ?? -1;

function writeBytes(into: Buffer, at: number, bytes: Buffer | null): number {
  at = writeVarint(into, at, zigzag(lengthOf(bytes)));
  return bytes === null ? at : putBytes(into, at, bytes, 0, bytes.length);
}

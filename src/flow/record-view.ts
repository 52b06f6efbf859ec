import type { Headers } from './headers.ts';
import type { InputRecord, OutputRecord } from './record.ts';

/**
 * A record in the buffer that it was fetched in. Separate buffers for key and value are created
 * only on request, because they would be the largest cost of a record besides the model.
 */
export class RecordView implements InputRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: Headers | undefined;
  readonly block: Buffer;
  /** -1: there is no key. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** -1: there is no value. */
  readonly valueStart: number;
  readonly valueEnd: number;

  constructor(
    offset: number,
    timestamp: number,
    headers: Headers | undefined,
    block: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ) {
    this.offset = offset;
    this.timestamp = timestamp;
    this.headers = headers;
    this.block = block;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
  }

  get key(): Buffer | null {
    return this.keyStart < 0 ? null : this.block.subarray(this.keyStart, this.keyEnd);
  }

  get value(): Buffer | null {
    return this.valueStart < 0 ? null : this.block.subarray(this.valueStart, this.valueEnd);
  }
}

/** An output record with the key of an input record. Its value is in the buffer of its batch. */
export class EncodedRecord implements OutputRecord {
  readonly source: InputRecord;
  readonly block: Buffer;
  readonly start: number;
  readonly end: number;
  readonly headers?: Headers;

  constructor(
    source: InputRecord,
    block: Buffer,
    start: number,
    end: number,
    headers: Headers | undefined,
  ) {
    this.source = source;
    this.block = block;
    this.start = start;
    this.end = end;
    if (headers !== undefined) this.headers = headers;
  }

  get key(): Buffer | null {
    return this.source.key;
  }

  get value(): Buffer {
    return this.block.subarray(this.start, this.end);
  }
}

type Keyed = Pick<InputRecord, 'key'>;
type Valued = Pick<OutputRecord, 'value'>;

/** Bytes of a record's key; -1 where there is none. */
export function keyLength(record: Keyed): number {
  const owner = record instanceof EncodedRecord ? record.source : record;
  if (owner instanceof RecordView) return owner.keyStart < 0 ? -1 : owner.keyEnd - owner.keyStart;
  return owner.key?.length ?? -1;
}

/** Bytes of a record's value; -1 where there is none. */
export function valueLength(record: Valued): number {
  if (record instanceof EncodedRecord) return record.end - record.start;
  if (record instanceof RecordView)
    return record.valueStart < 0 ? -1 : record.valueEnd - record.valueStart;
  return record.value?.length ?? -1;
}

/** Copies a key that exists to `at`, and returns its end. */
export function putKey(record: Keyed, into: Buffer, at: number): number {
  const owner = record instanceof EncodedRecord ? record.source : record;
  if (owner instanceof RecordView)
    return putBytes(into, at, owner.block, owner.keyStart, owner.keyEnd);
  const key = owner.key!;
  return putBytes(into, at, key, 0, key.length);
}

/** Copies a value that exists to `at`, and returns its end. */
export function putValue(record: Valued, into: Buffer, at: number): number {
  if (record instanceof EncodedRecord)
    return putBytes(into, at, record.block, record.start, record.end);
  const value = record.value!;
  return putBytes(into, at, value, 0, value.length);
}

/**
 * Short parts are copied byte by byte, because a call into the runtime costs more than the bytes.
 */
const SHORT = 24;

/** Copies from[start, end) to `at`, and returns the end. */
export function putBytes(
  into: Buffer,
  at: number,
  from: Buffer,
  start: number,
  end: number,
): number {
  if (end - start > SHORT) return at + from.copy(into, at, start, end);
  for (let i = start; i < end; i++) into[at++] = from[i]!;
  return at;
}

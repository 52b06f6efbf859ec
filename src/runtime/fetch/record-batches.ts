import { FetchedRecord, FetchedRecords, type BatchContext } from './fetched-records.ts';

/** Undoes the compression of a batch's records; `codec`: Kafka's number of it, above 0. */
export type Decompress = (codec: number, records: Buffer) => Promise<Buffer>;

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
 */
export async function readRecordBatches(bytes: Buffer, decompress: Decompress): Promise<FetchedRecords> {
  const records = new FetchedRecords();
  for (let at = 0; bytes.length - at >= HEADER_BYTES;) {
    const end = at + NOT_COUNTED + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    await readBatch(bytes.subarray(at, end), decompress, records);
    at = end;
  }
  return records;
}

async function readBatch(batch: Buffer, decompress: Decompress, into: FetchedRecords): Promise<void> {
  if (batch.length < HEADER_BYTES) throw corrupt();
  const attributes = batch.readInt16BE(21);
  const lastOffset = long(batch, 0) + batch.readInt32BE(23);
  const control = (attributes & CONTROL) !== 0;
  const context: BatchContext = {
    producerId: String(batch.readBigInt64BE(43)),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
  };
  const codec = attributes & CODEC_MASK;
  const body = batch.subarray(HEADER_BYTES);
  new RecordReader(codec === 0 ? body : await decompress(codec, body), {
    baseOffset: long(batch, 0),
    firstTimestamp: long(batch, 27),
    appendTime: (attributes & LOG_APPEND_TIME) === 0 ? undefined : long(batch, 35),
    control,
    context,
  }).read(batch.readInt32BE(57), into);
  if (control) into.hidden = true;
  if ((into.at(-1)?.offset ?? -1) < lastOffset) {
    into.push(new FetchedRecord(true, context, lastOffset, long(batch, 35), undefined, EMPTY, NONE, NONE, NONE, NONE));
    into.hidden = true;
  }
}

interface OfBatch {
  readonly baseOffset: number;
  readonly firstTimestamp: number;
  /** Of all records, where the broker gave it. */
  readonly appendTime: number | undefined;
  readonly control: boolean;
  readonly context: BatchContext;
}

/** Reads records one after the other; every length is checked against the bytes left. */
class RecordReader {
  readonly #bytes: Buffer;
  readonly #of: OfBatch;
  #at = 0;

  constructor(bytes: Buffer, of: OfBatch) {
    this.#bytes = bytes;
    this.#of = of;
  }

  read(count: number, into: FetchedRecords): void {
    const bytes = this.#bytes;
    const { baseOffset, firstTimestamp, appendTime, control, context } = this.#of;
    for (let i = 0; i < count; i++) {
      const length = this.#varint();
      if (length < 0 || length > this.#bytes.length - this.#at) throw corrupt();
      const end = this.#at + length;
      this.#at++; // attributes: unused
      const timestamp = firstTimestamp + this.#varint();
      const offset = baseOffset + this.#varint();
      const keyStart = this.#span();
      const keyEnd = this.#at;
      const valueStart = this.#span();
      const valueEnd = this.#at;
      const headers = this.#headers();
      if (this.#at > end) throw corrupt();
      this.#at = end;
      const when = appendTime ?? timestamp;
      into.push(
        new FetchedRecord(control, context, offset, when, headers, bytes, keyStart, keyEnd, valueStart, valueEnd),
      );
    }
  }

  #headers(): FetchedRecord['headers'] {
    const count = this.#varint();
    if (count <= 0) return undefined;
    const headers: Record<string, Buffer | Buffer[]> = {};
    for (let i = 0; i < count; i++) {
      const name = (this.#slice() ?? EMPTY).toString();
      const value = this.#slice() as Buffer; // null where the header has none, as kafkajs gives it
      const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
      const all = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
      // A header may be called __proto__.
      Object.defineProperty(headers, name, { value: all, enumerable: true, writable: true, configurable: true });
    }
    return headers;
  }

  #slice(): Buffer | null {
    const start = this.#span();
    return start === NONE ? null : this.#bytes.subarray(start, this.#at);
  }

  /** Moves over bytes that say their length first; answers where they begin, or that there are none. */
  #span(): number {
    const length = this.#varint();
    if (length < 0) return NONE;
    const start = this.#at;
    if (length > this.#bytes.length - start) throw corrupt();
    this.#at = start + length;
    return start;
  }

  /** A zigzag varint; exact up to 2^53, beyond which neither offsets nor times go. */
  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte(bytes);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    let wide = value >>> 1;
    let scale = 2 ** 27;
    for (let i = 4; i < 10; i++) {
      const byte = this.#byte(bytes);
      wide += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return (value & 1) === 0 ? wide : -wide - 1;
    }
    throw corrupt();
  }

  #byte(bytes: Buffer): number {
    if (this.#at >= bytes.length) throw corrupt();
    return bytes[this.#at++]!;
  }
}

/** A signed 64-bit number as a double. */
function long(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

function corrupt(): Error {
  return new Error('a fetched record batch has lengths that do not fit its bytes');
}

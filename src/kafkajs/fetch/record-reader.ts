import { headersByName, type Header } from '../../flow/headers.ts';
import type { Unread } from '../../flow/record.ts';
import {
  FetchedRecord,
  UnreadRecord,
  type BatchContext,
  type FetchedRecords,
} from './fetched-records.ts';

export interface OfBatch {
  readonly baseOffset: number;
  readonly firstTimestamp: number;
  /** The timestamp of all records, if the broker set it. */
  readonly appendTime: number | undefined;
  readonly control: boolean;
  readonly context: BatchContext;
}

const EMPTY = Buffer.alloc(0);
/** For a missing key or value. */
const NONE = -1;

/** Approximate memory of a record besides its bytes. */
export const RECORD_COST = 128;
/** Memory of a header, which matters if there are many small ones. */
const HEADER_COST = 64;
const MANY_HEADERS = 10_000;

/**
 * Reads the records of a batch one after the other. Every length is checked against the remaining
 * bytes.
 */
export class RecordReader {
  readonly #bytes: Buffer;
  readonly #of: OfBatch;
  readonly #most: number;
  #at = 0;

  /** `most`: the largest record whose value is read, in bytes. */
  constructor(bytes: Buffer, of: OfBatch, most: number) {
    this.#bytes = bytes;
    this.#of = of;
    this.#most = most;
  }

  /** Reads the records from an offset on until `left` is used up. Returns what is left. */
  read(count: number, from: number, left: number, into: FetchedRecords): number {
    const bytes = this.#bytes;
    const { baseOffset, firstTimestamp, appendTime, control, context } = this.#of;
    for (let i = 0; i < count; i++) {
      if (left <= 0) return 0;
      const length = this.#varint();
      if (length < 0 || length > bytes.length - this.#at) throw corrupt();
      const end = this.#at + length;
      this.#at++; // attributes: unused
      const timestamp = firstTimestamp + this.#varint();
      const offset = baseOffset + this.#varint();
      if (offset < from) {
        this.#at = end;
        continue;
      }
      const keyStart = this.#span();
      const keyEnd = this.#at;
      const valueStart = this.#span();
      const valueEnd = this.#at;
      const headerCount = this.#varint();
      const size = length + (headerCount > MANY_HEADERS ? headerCount * HEADER_COST : 0);
      left -= size + RECORD_COST;
      const when = appendTime ?? timestamp;
      if (size > this.#most) {
        const unread = tooLarge(length, headerCount, this.#most);
        // The value is dropped, and also key and headers if they alone are too large.
        const kept = size - (valueEnd - valueStart) <= this.#most;
        const headers = kept ? this.#headers(headerCount) : undefined;
        const key = kept ? ([keyStart, keyEnd] as const) : ([NONE, NONE] as const);
        into.push(
          new UnreadRecord(
            unread,
            control,
            context,
            offset,
            when,
            headers,
            bytes,
            ...key,
            NONE,
            NONE,
          ),
        );
      } else {
        const headers = this.#headers(headerCount);
        if (this.#at > end) throw corrupt();
        into.push(
          new FetchedRecord(
            control,
            context,
            offset,
            when,
            headers,
            bytes,
            keyStart,
            keyEnd,
            valueStart,
            valueEnd,
          ),
        );
      }
      this.#at = end;
    }
    return left;
  }

  #headers(count: number): FetchedRecord['headers'] {
    if (count <= 0) return undefined;
    const list: Header[] = [];
    for (let i = 0; i < count; i++) list.push([(this.#slice() ?? EMPTY).toString(), this.#slice()]);
    return headersByName(list);
  }

  #slice(): Buffer | null {
    const start = this.#span();
    return start === NONE ? null : this.#bytes.subarray(start, this.#at);
  }

  /**
   * Moves over bytes with their length before them. Returns their start, or that there are none.
   */
  #span(): number {
    const length = this.#varint();
    if (length < 0) return NONE;
    const start = this.#at;
    if (length > this.#bytes.length - start) throw corrupt();
    this.#at = start + length;
    return start;
  }

  /** A zigzag varint. It is exact up to 2^53, which offsets and times do not exceed. */
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

function tooLarge(length: number, headers: number, most: number): Unread {
  const what = headers > 0 ? `${length} bytes with ${headers} headers` : `${length} bytes`;
  return {
    code: 'RECORD_TOO_LARGE',
    message: `the record has ${what}, more than the ${most} of input.maxRecordBytes`,
  };
}

function corrupt(): Error {
  return new Error('the lengths in the record batch do not match its bytes');
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Larger tags need more than one byte. */
const ONE_BYTE = 0x80;

/**
 * Walks over the fields of a message in place, without creating objects: an ensemble of trees has
 * tens of millions of fields. Its methods throw if the bytes are not a message.
 */
export class Scanner {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;
  #tag = 0;
  /** The current field: its number, and the place of its body (also for a plain number). */
  number = 0;
  start = 0;
  end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Where the next field begins. */
  get position(): number {
    return this.#at;
  }

  /** Whether the body of the field is a message, a string or packed numbers. */
  get delimited(): boolean {
    return (this.#tag & 7) === LENGTH_DELIMITED;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#tag = this.#varint();
    this.number = this.#tag >>> 3;
    if (this.number === 0) throw new RangeError('a field has no number');
    const type = this.#tag & 7;
    const length = type === LENGTH_DELIMITED ? this.#varint() : 0;
    this.start = this.#at;
    if (type === VARINT) this.#varint();
    else if (type === LENGTH_DELIMITED) this.#at += length;
    else if (type === FIXED64) this.#at += 8;
    else if (type === FIXED32) this.#at += 4;
    else throw new RangeError(`a field has the unknown type ${type}`);
    this.end = this.#at;
    if (this.end > this.#end) throw new RangeError('a field is longer than the message around it');
    return true;
  }

  /** Skips the following fields with the same number and type as the current one. */
  skipAlike(): void {
    const [bytes, tag, type, end] = [this.#bytes, this.#tag, this.#tag & 7, this.#end];
    if (tag >= ONE_BYTE) return;
    let at = this.#at;
    if (type === FIXED32) while (at + 5 <= end && bytes[at] === tag) at += 5;
    else if (type === VARINT) {
      while (at < end && bytes[at] === tag) {
        let last = at + 1;
        while (last < end && bytes[last]! >= ONE_BYTE) last++;
        // `next` meets and rejects a field that is truncated or too long.
        if (last >= end || last - at > 10) break;
        at = last + 1;
      }
    } else if (type === LENGTH_DELIMITED) {
      while (
        at + 1 < end &&
        bytes[at] === tag &&
        bytes[at + 1]! < ONE_BYTE &&
        at + 2 + bytes[at + 1]! <= end
      )
        at += 2 + bytes[at + 1]!;
    }
    this.#at = at;
  }

  /** A number of up to 32 bits. Higher bits are ignored. */
  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw new RangeError('a number is truncated');
      const byte = bytes[this.#at++]!;
      if (shift < 35) value |= (byte & 0x7f) << shift;
      if (byte < ONE_BYTE) return value >>> 0;
    }
    throw new RangeError('a number is longer than 64 bits');
  }
}

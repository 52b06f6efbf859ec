import { isUtf8 } from 'node:buffer';
import { fail, INT, LENGTH, TRUNCATED, UTF8, VARINT } from './read-error.ts';

/** A position in the bytes of one value. Nothing is read beyond their end. */
export class Cursor {
  protected bytes: Buffer = Buffer.alloc(0);
  protected view: DataView = new DataView(new ArrayBuffer(0));
  protected base = 0;
  protected at = 0;
  protected end = 0;

  protected open(bytes: Buffer, start: number, end: number): void {
    // Values lie in one fetched buffer, so the existing view can nearly always be used.
    if (this.bytes !== bytes) {
      if (this.view.buffer !== bytes.buffer) this.view = new DataView(bytes.buffer);
      this.bytes = bytes;
      this.base = bytes.byteOffset;
    }
    this.at = start;
    this.end = end;
  }

  /** Moves over `count` bytes and returns their start. */
  protected take(count: number): number {
    const start = this.at;
    if (count > this.end - start) fail(TRUNCATED);
    this.at = start + count;
    return start;
  }

  /** The length of what follows. */
  protected length(): number {
    const length = this.long();
    if (length < 0) fail(LENGTH);
    return length;
  }

  protected skipVarint(): void {
    const { bytes } = this;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) fail(TRUNCATED);
      if (bytes[this.at++]! < 0x80) return;
    }
    fail(VARINT);
  }

  /** A zigzag varint. Beyond 2^53 it is the nearest double, because every feature is a double. */
  protected long(): number {
    const { bytes } = this;
    const start = this.at;
    let value = 0;
    let shift = 0;
    // Four bytes hold 28 bits, which fit the bit operations of JavaScript.
    for (; shift < 28; shift += 7) {
      if (this.at >= this.end) fail(TRUNCATED);
      const byte = bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    // The lowest bit is the sign. Without it, everything up to 2^53 fits a double exactly.
    let scale = 2 ** 27;
    let wide = value >>> 1;
    for (let i = 4; i < 10; i++) {
      if (this.at >= this.end) fail(TRUNCATED);
      const byte = bytes[this.at++]!;
      wide += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte >= 0x80) continue;
      // Larger sums were rounded at every step.
      if (wide >= Number.MAX_SAFE_INTEGER) return Number(this.#exact(start));
      return value & 1 ? -wide - 1 : wide;
    }
    fail(VARINT);
  }

  /** The same without rounding. */
  protected int64(): bigint {
    const start = this.at;
    const near = this.long();
    return Number.isSafeInteger(near) ? BigInt(near) : this.#exact(start);
  }

  /** The varint from `start` to the cursor. */
  #exact(start: number): bigint {
    let value = 0n;
    for (let i = this.at - 1; i >= start; i--)
      value = (value << 7n) | BigInt(this.bytes[i]! & 0x7f);
    return BigInt.asIntN(64, value & 1n ? -(value >> 1n) - 1n : value >> 1n);
  }

  /** Moves over an int and returns its start. */
  protected skipInt(): number {
    const start = this.at;
    this.skipVarint();
    if (this.at - start > 5) fail(INT);
    return start;
  }

  /** Moves over `length` bytes that must be UTF-8, and returns their start. */
  protected takeText(length: number): number {
    const start = this.take(length);
    const { at, bytes } = this;
    let i = start;
    const { view, base } = this;
    // Four bytes at once, as long as all of them are ASCII.
    while (i + 4 <= at && (view.getInt32(base + i) & 0x80808080) === 0) i += 4;
    while (i < at && bytes[i]! < 0x80) i++;
    if (i < at && !isUtf8(bytes.subarray(i, at))) fail(UTF8);
    return start;
  }

  /** Bytes that are not ASCII have to be UTF-8. */
  protected checkUtf8(start: number, end: number): void {
    if (!isUtf8(this.bytes.subarray(start, end))) fail(UTF8);
  }

  /**
   * The string from `start` to the cursor. Bytes that are not UTF-8 would become a string that
   * nobody wrote.
   */
  protected textFrom(start: number): string {
    const text = this.bytes.toString('utf8', start, this.at);
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, this.at))) fail(UTF8);
    return text;
  }
}

/** The number of characters in UTF-8: every byte that does not continue one. */
export function characters(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if ((bytes[i]! & 0xc0) !== 0x80) count++;
  return count;
}

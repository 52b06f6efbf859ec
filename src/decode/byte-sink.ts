/**
 * Avro bytes that grow as they are written. `limit`: the most bytes; one more calls `onFull`, which
 * throws.
 */
export class ByteSink {
  #bytes = Buffer.allocUnsafe(256);
  #at = 0;
  readonly #limit: number;
  readonly #onFull: () => never;

  constructor(limit: number, onFull: () => never) {
    this.#limit = limit;
    this.#onFull = onFull;
  }

  get length(): number {
    return this.#at;
  }

  /** Drops everything, or what was written after a length. */
  cut(length = 0): void {
    this.#at = length;
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** A zigzag varint, of an int as well as of a long. */
  long(value: number | bigint): void {
    this.#room(10);
    if (typeof value === 'number' && (value | 0) === value) {
      let rest = ((value << 1) ^ (value >> 31)) >>> 0;
      for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      this.#bytes[this.#at++] = rest;
      return;
    }
    const wide = BigInt(value);
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  float(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeFloatLE(value, this.#at);
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  copy(from: Buffer, start: number, end: number): void {
    this.#room(end - start);
    this.#at += from.copy(this.#bytes, this.#at, start, end);
  }

  raw(bytes: Buffer): void {
    this.copy(bytes, 0, bytes.length);
  }

  /** Bytes with their length before them. */
  sized(bytes: Buffer): void {
    this.long(bytes.length);
    this.raw(bytes);
  }

  text(text: string): void {
    this.sized(Buffer.from(text));
  }

  /** Reorders parts of the output that follow each other from `ends[0]` on. */
  reorder(ends: readonly number[], order: readonly number[]): void {
    const start = ends[0]!;
    const old = Buffer.from(this.#bytes.subarray(start, this.#at));
    this.#at = start;
    for (const part of order) this.copy(old, ends[part]! - start, ends[part + 1]! - start);
  }

  #room(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#limit) this.#onFull();
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/**
 * Binary encoding of single Avro values, for the constant parts and the inner loop of the encoder.
 */

/** Most bytes a long takes. */
export const LONG_BYTES = 10;

/** Writes a long (zigzag varint, |value| ≤ 2^53) at `at` and returns the position after it. */
export function writeLong(into: Buffer, at: number, value: number): number {
  const sign = value < 0 ? 1 : 0;
  let rest = sign === 1 ? -value - 1 : value;
  if (rest < 2 ** 52) rest = rest * 2 + sign;
  else {
    // Doubled, the value would no longer be exact in a double.
    into[at++] = ((rest % 64) * 2 + sign) | 0x80;
    rest = Math.floor(rest / 64);
  }
  // Bit operations of JavaScript cut numbers to 32 bits; division does not.
  while (rest >= 0x80000000) {
    into[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    into[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[at++] = rest;
  return at;
}

export function longBytes(value: number): Buffer {
  const buffer = Buffer.alloc(LONG_BYTES);
  return buffer.subarray(0, writeLong(buffer, 0, value));
}

export function stringBytes(value: string): Buffer {
  const text = Buffer.from(value);
  return Buffer.concat([longBytes(text.length), text]);
}

/** A value of the union [null, string]. */
export function nullableStringBytes(value: string | null): Buffer {
  return value === null ? longBytes(0) : Buffer.concat([longBytes(1), stringBytes(value)]);
}

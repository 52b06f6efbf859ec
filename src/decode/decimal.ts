/**
 * Up to this power of ten and up to 2^53, both sides of a division are exact, so the quotient is
 * rounded only once.
 */
const MAX_EXACT_SCALE = 22;
const POWERS_OF_TEN = Float64Array.from({ length: MAX_EXACT_SCALE + 1 }, (_, i) =>
  Number(`1e${i}`),
);
/** Six bytes hold 48 bits. */
const EXACT_BYTES = 6;
/** A number with more significant bytes is larger than any double, which ends at 2^1024. */
const MAX_BYTES = 129;

/**
 * The double nearest to an Avro decimal: the bytes from `start` to `end` are a two's complement
 * number (big-endian, at least one byte), divided by 10^`scale`. Infinite if no double is large
 * enough.
 */
export function readDecimal(bytes: Buffer, start: number, end: number, scale: number): number {
  const negative = bytes[start]! >= 0x80;
  const sign = negative ? 0xff : 0;
  let first = start;
  while (first < end - 1 && bytes[first] === sign) first++;
  if (end - first > MAX_BYTES) return negative ? -Infinity : Infinity;
  if (end - first <= EXACT_BYTES && scale <= MAX_EXACT_SCALE) {
    // The bytes before `first` only repeat the sign, so the number is the same without them.
    let value = 0;
    for (let i = first; i < end; i++) value = value * 256 + bytes[i]!;
    if (negative) value -= 256 ** (end - first);
    return value / POWERS_OF_TEN[scale]!;
  }
  const unsigned = BigInt(`0x${bytes.toString('hex', first, end)}`);
  const whole = negative ? unsigned - (1n << BigInt(8 * (end - first))) : unsigned;
  return Number(`${whole}e-${scale}`);
}

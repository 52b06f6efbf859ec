const LONG_MAX = 2n ** 63n - 1n;

/** A time in another unit, rounded down; undefined where it is no long then. */
export function rescaled(value: bigint, factor: number): bigint | undefined {
  if (factor >= 1) {
    const scaled = value * BigInt(Math.round(factor));
    return scaled <= LONG_MAX && scaled >= -LONG_MAX - 1n ? scaled : undefined;
  }
  const divisor = BigInt(Math.round(1 / factor));
  return (value - (((value % divisor) + divisor) % divisor)) / divisor;
}

/** The same of what a double holds exactly; undefined where it needs 64 bits to be told. */
export function rescaledSafe(value: number, factor: number): number | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  if (factor >= 1) {
    const scaled = value * factor;
    return Number.isSafeInteger(scaled) ? scaled : undefined;
  }
  const divisor = Math.round(1 / factor);
  const quotient = Math.floor(value / divisor);
  // A quotient just below a whole number may have been rounded up to it.
  return quotient * divisor > value ? quotient - 1 : quotient;
}

/** The nearest float32 of a long. Rounding it to a double before would round twice. */
export function floatOf(long: bigint): number {
  const near = Number(long);
  if (Number.isSafeInteger(near)) return Math.fround(near);
  const size = long < 0n ? -long : long;
  const shift = BigInt(size.toString(2).length - 32);
  const top = size >> shift;
  // The lowest bit tells that something was cut off, so that a number beyond the middle is not
  // taken for the middle.
  const sticky = top << shift === size ? top : top | 1n;
  return Math.fround(Number(sticky) * 2 ** Number(shift) * (long < 0n ? -1 : 1));
}

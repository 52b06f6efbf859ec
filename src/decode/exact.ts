const LONG_MAX = 2n ** 63n - 1n;

/** A time in another unit, rounded down. Undefined if it does not fit a long. */
export function rescaled(value: bigint, factor: number): bigint | undefined {
  if (factor >= 1) {
    const scaled = value * BigInt(Math.round(factor));
    return scaled <= LONG_MAX && scaled >= -LONG_MAX - 1n ? scaled : undefined;
  }
  const divisor = BigInt(Math.round(1 / factor));
  return (value - (((value % divisor) + divisor) % divisor)) / divisor;
}

/** The same for what a double holds exactly. Undefined if it needs 64 bits. */
export function rescaledSafe(value: number, factor: number): number | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  if (factor >= 1) {
    const scaled = value * factor;
    return Number.isSafeInteger(scaled) ? scaled : undefined;
  }
  const divisor = Math.round(1 / factor);
  const quotient = Math.floor(value / divisor);
  // A quotient just below an integer may have been rounded up to it.
  return quotient * divisor > value ? quotient - 1 : quotient;
}

/** The float32 nearest to a long. Via a double it would be rounded twice. */
export function floatOf(long: bigint): number {
  const near = Number(long);
  if (Number.isSafeInteger(near)) return Math.fround(near);
  const size = long < 0n ? -long : long;
  const shift = BigInt(size.toString(2).length - 32);
  const top = size >> shift;
  // The lowest bit records that digits were cut off, so a number above the middle is not taken for
  // the middle.
  const sticky = top << shift === size ? top : top | 1n;
  return Math.fround(Number(sticky) * 2 ** Number(shift) * (long < 0n ? -1 : 1));
}

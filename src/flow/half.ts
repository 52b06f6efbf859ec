/** Largest number of a half. From halfway to the next power of two, a number rounds to infinity. */
const MAX_HALF = 65504;
const TO_INFINITY = 65520;
/** Distance of adjacent numbers below the smallest normal half. */
const SUBNORMAL_STEP = 2 ** -24;

/**
 * Rounds to the nearest number of 16 bits (IEEE 754 binary16, ties to even); to infinity beyond
 * 65504.
 */
export function roundToHalf(value: number): number {
  const size = Math.abs(value);
  if (!(size < TO_INFINITY)) return Number.isNaN(value) ? NaN : value > 0 ? Infinity : -Infinity;
  const step = size < 2 ** -14 ? SUBNORMAL_STEP : 2 ** (exponentOf(size) - 10);
  const rounded = Math.min(roundToEven(size / step) * step, MAX_HALF);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}

/** The bits of a number that a half holds exactly; see `roundToHalf`. */
export function halfBits(half: number): number {
  const sign = half < 0 || Object.is(half, -0) ? 0x8000 : 0;
  const size = Math.abs(half);
  if (Number.isNaN(half)) return 0x7e00;
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size / SUBNORMAL_STEP);
  const exponent = exponentOf(size);
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

/** The number that 16 bits stand for. */
export function fromHalfBits(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return (
    sign *
    (exponent === 0 ? fraction * SUBNORMAL_STEP : (1 + fraction / 1024) * 2 ** (exponent - 15))
  );
}

/** Near a power of two, the logarithm may be off by one. */
function exponentOf(size: number): number {
  const guess = Math.floor(Math.log2(size));
  if (2 ** guess > size) return guess - 1;
  return 2 ** (guess + 1) <= size ? guess + 1 : guess;
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

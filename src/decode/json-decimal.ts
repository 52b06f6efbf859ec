import { digitsOf, type Written } from '../flow/written-number.ts';

/** The relative error of a sum of doubles is below one divided by this. */
const NOISE = 2n ** 48n;
/** With more digits than this it is not known whether the rest is an error of rounding. */
const MAX_DIGITS = 140;
const MAX_BEFORE_POINT = 21;
export const LARGEST_SCALE = 100;

/**
 * The unscaled value of a decimal that is written as a number, from its digits. Undefined if it is
 * larger than 10^21, `more` if it has more decimal places than the scale. A rounding error of a sum
 * of doubles, such as 0.30000000000000004, is removed.
 */
export function unscaled(number: Written, scale: number): bigint | 'more' | undefined {
  const { negative, digits, exponent } = digitsOf(
    typeof number === 'object' ? number.text : String(number),
  );
  if (digits.length + exponent > MAX_BEFORE_POINT) return undefined;
  const kept = digits.slice(0, MAX_DIGITS);
  // The value is `kept` × 10^shift of the decimal's smallest steps.
  const shift = exponent + (digits.length - kept.length) + scale;
  const sign = negative ? -1n : 1n;
  if (kept === '') return 0n;
  if (shift >= 0) return sign * BigInt(kept) * 10n ** BigInt(shift);
  // All its digits are below the scale, by more than a rounding error can be.
  if (-shift > kept.length + 1) return 'more';
  const step = 10n ** BigInt(-shift);
  const exact = BigInt(kept);
  const near = (exact + step / 2n) / step;
  const beside = near * step - exact;
  if ((beside < 0n ? -beside : beside) * NOISE > exact) return 'more';
  return sign * near;
}

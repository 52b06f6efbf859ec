import { digitsOf, type Written } from '../flow/written-number.ts';

/** Of a number's size, what sums of doubles are beside what was meant. */
const NOISE = 2n ** 48n;
/** More digits than that say nothing about whether the rest is noise. */
const MAX_DIGITS = 140;
const MAX_BEFORE_POINT = 21;
export const LARGEST_SCALE = 100;

/**
 * The unscaled value of a decimal that is written as a number, by the digits it is written with;
 * undefined where it is larger than 10^21, `more` where it has more digits behind the point than
 * the scale. What is beside it by the noise of a sum of doubles, as 0.30000000000000004, is what
 * was meant.
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
  // All its digits are further behind the point than a sum's noise reaches.
  if (-shift > kept.length + 1) return 'more';
  const step = 10n ** BigInt(-shift);
  const exact = BigInt(kept);
  const near = (exact + step / 2n) / step;
  const beside = near * step - exact;
  if ((beside < 0n ? -beside : beside) * NOISE > exact) return 'more';
  return sign * near;
}

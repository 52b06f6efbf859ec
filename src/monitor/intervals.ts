/** From a lower to an upper bound, both included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The whole range of a rate, where nothing is known. */
export const ANY_RATE: Interval = { low: 0, high: 1 };

/** Wilson's interval of a rate: `z` standard errors to each side. */
export function wilson(hits: number, of: number, z: number): Interval {
  if (of === 0) return ANY_RATE;
  const rate = hits / of;
  const zz = z * z;
  const scale = 1 + zz / of;
  const middle = (rate + zz / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / of + zz / (4 * of * of));
  return {
    low: hits === 0 ? 0 : Math.max(0, middle - half),
    high: hits === of ? 1 : Math.min(1, middle + half),
  };
}

/** A rate as its hits and its events. */
export interface Rate {
  readonly hits: number;
  readonly of: number;
}

/** The interval of the ratio of two rates, on the scale of its logarithm. */
export function ratioInterval(one: Rate, other: Rate, z: number): Interval {
  const [r1, r2] = [one.hits / one.of, other.hits / other.of];
  if (!(r1 > 0) || !(r2 > 0)) return { low: 0, high: Infinity };
  const half = z * Math.sqrt((1 - r1) / one.hits + (1 - r2) / other.hits);
  return { low: (r1 / r2) * Math.exp(-half), high: (r1 / r2) * Math.exp(half) };
}

/** Fewer events of one kind than this say too little for an interval. */
const FEWEST = 10;
/** So many events say something also of a rate near 0 or 1: that of a group without approvals. */
const ENOUGH = 1000;

/** Whether a rate has too few events of either kind to be judged. */
export const isTooSmall = ({ hits, of }: Rate): boolean =>
  Math.min(hits, of - hits) < FEWEST && of < ENOUGH;

/**
 * How many standard errors leave this part of a normal distribution on both sides together
 * (Acklam's approximation, refined once; its error is far below what matters here).
 */
export function standardErrors(outside: number): number {
  const p = outside / 2;
  const q = Math.sqrt(-2 * Math.log(p));
  const first = p < 0.02425 ? tail(q) : middle(p);
  // one step of Newton's method on the logarithm of the tail
  const density = Math.exp((-first * first) / 2) / Math.sqrt(2 * Math.PI);
  return first + (upperTail(first) - p) / density;
}

function tail(q: number): number {
  const above =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q -
      2.549732539343734) *
      q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const below =
    (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q +
      3.754408661907416) *
      q +
    1;
  return -above / below;
}

function middle(p: number): number {
  const q = p - 0.5;
  const r = q * q;
  const above =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r +
      138.357751867269) *
      r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const below =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r +
      66.80131188771972) *
      r -
      13.28068155288572) *
      r +
    1;
  return (-above * q) / below;
}

/** The part of a normal distribution above `z` (a continued fraction, or a series near 0). */
function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 2) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 100; n++) {
      term *= (z * z) / (2 * n + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / (z + fraction);
  return density / (z + fraction);
}

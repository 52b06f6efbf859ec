import { ANY_RATE, type Interval } from './intervals.ts';

/**
 * Bounds of a rate that hold at all times together, however often somebody looks: with probability
 * 1 − `alpha`, the true rate is never outside of them.
 *
 * For a true rate p, the likelihood of the events under a mixture of all rates, divided by their
 * likelihood under p, is a martingale that begins at 1. So it ever reaches 1/alpha with at most the
 * probability alpha (Ville's inequality). The bounds are the rates for which it has not. The mixture
 * is Beta(½, ½).
 */
export function rateAtAllTimes(hits: number, of: number, alpha: number): Interval {
  if (of === 0) return ANY_RATE;
  const misses = of - hits;
  const limit = logBeta(hits + 0.5, misses + 0.5) - Math.log(Math.PI) + Math.log(alpha);
  const logLikelihood = (p: number): number =>
    (hits === 0 ? 0 : hits * Math.log(p)) + (misses === 0 ? 0 : misses * Math.log1p(-p));
  const rate = hits / of;
  return {
    low: hits === 0 ? 0 : boundary(0, rate, (p) => logLikelihood(p) > limit),
    high: misses === 0 ? 1 : boundary(1, rate, (p) => logLikelihood(p) > limit),
  };
}

/** Between a value outside and one inside: the last one outside, so the bound errs to be wide. */
function boundary(outside: number, inside: number, isInside: (p: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let i = 0; i < 60; i++) {
    const half = (out + within) / 2;
    if (half === out || half === within) break;
    if (isInside(half)) within = half;
    else out = half;
  }
  return out;
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** Stirling's series, after a shift to where it is exact. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 10) shift += Math.log(at++);
  const inverse = 1 / at;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}

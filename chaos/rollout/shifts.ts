import type { Transaction } from '../../src/demo/simulate/transaction.ts';

const USUAL_AMOUNT = 50;
/** How much the logit of one version differs from that of the next. */
const STEP = 0.05;
const DIFFERENT = 30;
/** What the score in 32 bits may make of the logit. */
const PRECISION = 0.01;
/** The canary that has to stop decides otherwise for many events. */
export const FAR = 1.5;

/**
 * The logit of the model for an event before the shift of its version, as its graph computes it:
 * log(amount) + count × risk.
 */
export function logitOf({ amount, features }: Transaction): number {
  const count = features.customerCount1d / COUNT_STD;
  return Math.log(amount / USUAL_AMOUNT) + count * (features.terminalRisk1d ?? 0);
}

/** The versions divide the amount by numbers of their own, so each has scores of its own. */
export const amountStd = (shift: number): number => USUAL_AMOUNT * Math.exp(-shift);
export const COUNT_STD = 10;

/** The shift of the version that comes as the n-th. Neighbours can be told apart by any score. */
export const shiftOf = (n: number): number => STEP * ((n % DIFFERENT) - DIFFERENT / 2);

export const scoreOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Whether a score is that of this logit. */
export function isScoreOf(score: number, logit: number): boolean {
  return Math.abs(Math.log(score / (1 - score)) - logit) < PRECISION;
}

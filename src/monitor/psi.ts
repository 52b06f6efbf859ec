import { sharesOf } from './reference.ts';

/**
 * Population stability index of counts against a reference. It is a label, and nothing is decided by
 * it: without any change it is about (1/n + 1/m) times the number of slots less one.
 */
export function psiOf(reference: readonly number[], counts: ArrayLike<number>): number {
  const [before, now] = [sharesOf(reference), sharesOf(Array.from(counts))];
  return before.reduce((sum, p, i) => sum + (now[i]! - p) * Math.log(now[i]! / p), 0);
}

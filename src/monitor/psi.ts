import { sharesOf } from './reference.ts';

/**
 * Population stability index of counts against a reference. It is a label: nothing is decided by it.
 * A slot that is empty in both says nothing, whatever its share is taken for.
 */
export function psiOf(reference: readonly number[], counts: ArrayLike<number>): number {
  const [before, now] = [sharesOf(reference), sharesOf(Array.from(counts))];
  return before.reduce(
    (sum, p, i) =>
      reference[i] === 0 && counts[i] === 0 ? sum : sum + (now[i]! - p) * Math.log(now[i]! / p),
    0,
  );
}

/**
 * What PSI is without any change, on average: (1/n + 1/m) times the number of slots less one, with n
 * rows of the reference and m events.
 */
export function psiByChance(reference: readonly number[], counts: ArrayLike<number>): number {
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  const now = Array.from(counts);
  const used = reference.filter((rows, slot) => rows + now[slot]! > 0).length;
  return (1 / sum(reference) + 1 / sum(now)) * (used - 1);
}

/**
 * Opening a model takes several runs of it, and reading it; more than so many times what one may
 * take is no progress.
 */
const OPENING_TIMES = 10;
const SHORTEST_OPENING_MS = 60_000;

export function openingLimit(timeoutMs: number): number {
  return Math.min(Math.max(OPENING_TIMES * timeoutMs, SHORTEST_OPENING_MS), 2 ** 31 - 1);
}

/**
 * Opening a model means to read it and run it several times. It may take this many times as long as
 * one run.
 */
const OPENING_TIMES = 10;
const SHORTEST_OPENING_MS = 60_000;

export function openingLimit(timeoutMs: number): number {
  return Math.min(Math.max(OPENING_TIMES * timeoutMs, SHORTEST_OPENING_MS), 2 ** 31 - 1);
}

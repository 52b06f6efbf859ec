import type { FaultKind } from './schedule.ts';

const CRASH_MS = 8000;
const PLANNED_MS = 2000;

/**
 * How long a partition may stand still, ms, by what happens. The other kinds take away what is
 * needed to write or to read an event, and stop a partition for as long as they last.
 */
export const OBJECTIVES: Readonly<Partial<Record<FaultKind, number>>> = {
  'kill -9': CRASH_MS,
  zombie: CRASH_MS,
  'broker kill -9': CRASH_MS,
  'broker restart': PLANNED_MS,
  SIGTERM: PLANNED_MS,
  join: PLANNED_MS,
  leave: PLANNED_MS,
};

interface Paused {
  readonly kind: FaultKind;
  readonly longestPauseMs: number;
}

/** The kinds whose longest pause is over their objective, in words. */
export function missedObjectives(faults: readonly Paused[]): string[] {
  return [...Map.groupBy(faults, ({ kind }) => kind)].flatMap(([kind, of]) => {
    const longest = longestOf(of);
    const most = OBJECTIVES[kind];
    return most === undefined || longest <= most
      ? []
      : [`${kind} ${(longest / 1000).toFixed(1)} s instead of ${most / 1000} s`];
  });
}

export function longestOf(faults: readonly Paused[]): number {
  return Math.max(...faults.map(({ longestPauseMs }) => longestPauseMs));
}

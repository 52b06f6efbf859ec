import { Random } from '../src/demo/simulate/random.ts';

export const FAULT_KINDS = [
  'kill -9',
  'SIGTERM',
  'zombie',
  'broker restart',
  'broker kill -9',
  'registry outage',
  'join',
  'leave',
  'unwritable',
  'unwritable and kill -9',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Which of those that can be hit, as a share of them, in [0, 1). */
  readonly pick: number;
  /** From the recovery of the fault before until this one. */
  readonly pauseMs: number;
  /** How long it lasts beyond the least that makes it one. */
  readonly holdMs: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly count: number;
  readonly kinds?: readonly FaultKind[];
}

/** What comes twice in a round: it is over soon, and the guarantee is most at stake. */
const TWICE: readonly FaultKind[] = ['kill -9', 'SIGTERM', 'zombie', 'unwritable and kill -9'];
const ROUND: readonly FaultKind[] = [...FAULT_KINDS, ...TWICE];

const LONGEST_PAUSE_MS = 2000;
const LONGEST_HOLD_MS = 3000;

/**
 * The faults of a run in their order; the same seed gives the same ones. Kinds come in shuffled
 * rounds, so that all of them come, and about as often. There is never more than one replica more
 * or less than at the start: a join or leave that would lead further becomes the other.
 */
export function planFaults({ seed, count, kinds = ROUND }: ScheduleOptions): PlannedFault[] {
  const random = new Random(seed);
  const faults: PlannedFault[] = [];
  let more = 0;
  while (faults.length < count) {
    for (const drawn of shuffled(kinds, random).slice(0, count - faults.length)) {
      const kind =
        drawn === 'join' && more === 1
          ? 'leave'
          : drawn === 'leave' && more === -1
            ? 'join'
            : drawn;
      if (kind === 'join') more++;
      if (kind === 'leave') more--;
      faults.push({
        kind,
        pick: random.next(),
        pauseMs: Math.round(random.uniform(0, LONGEST_PAUSE_MS)),
        holdMs: Math.round(random.uniform(0, LONGEST_HOLD_MS)),
      });
    }
  }
  return faults;
}

/** Fisher and Yates. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.index(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

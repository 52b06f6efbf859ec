import type { ErrorCode } from '../errors.ts';

/** How a process ended. */
export interface End {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The code it gave as its reason. */
  readonly failure: ErrorCode | undefined;
  readonly livedMs: number;
  /** Whether any process of this supervisor ever came as far as joining the group. */
  readonly anyStarted: boolean;
  /** Ends in a row, this one included, of processes in its place that lived a short time. */
  readonly quickEnds: number;
}

/** Either the exit code that everything ends with, or when a fresh process takes the place. */
export type RestartDecision = { readonly exitCode: 1 | 2 } | { readonly restartInMs: number };

/** A process that lived shorter than this ended at its start. */
export const QUICK_MS = 30_000;
const MAX_QUICK_ENDS = 5;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** What needs a person: a fresh process would only go on with the harm, or end the same way. */
const FINAL = new Set<ErrorCode>(['DEAD_LETTER_LIMIT', 'OFFSET_OUT_OF_RANGE']);

/** Wrong at the first start; later, when others are at work, it may be an outage. */
const MAY_PASS = new Set<ErrorCode>(['KAFKA_UNREACHABLE', 'REGISTRY_UNREACHABLE']);

/**
 * What follows from the end of a process that nobody asked to stop: a fresh one in its place, a
 * little later each time in a row; or the end of all of them, where a fresh one would do no better.
 */
export function afterEnd({ exitCode, failure, anyStarted, quickEnds }: End): RestartDecision {
  if (failure !== undefined && FINAL.has(failure)) return { exitCode: 1 };
  const passing = anyStarted && failure !== undefined && MAY_PASS.has(failure);
  if (exitCode === 2 && !passing) return { exitCode: 2 };
  if (quickEnds > MAX_QUICK_ENDS) return { exitCode: exitCode === 2 ? 2 : 1 };
  return {
    restartInMs: Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, quickEnds - 1), LONGEST_WAIT_MS),
  };
}

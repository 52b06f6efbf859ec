import type { ErrorCode } from '../errors.ts';

/** How a process ended. */
export interface End {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The error code that it gave as its reason. */
  readonly failure: ErrorCode | undefined;
  readonly livedMs: number;
  /** Whether any process of this supervisor was ever about to join the group. */
  readonly anyStarted: boolean;
  /** Consecutive short-lived processes in its place, including this one. */
  readonly quickEnds: number;
}

/** Either the exit code with which everything ends, or when a new process replaces this one. */
export type RestartDecision = { readonly exitCode: 1 | 2 } | { readonly restartInMs: number };

/** A process with a shorter life than this ended at its start. */
export const QUICK_MS = 30_000;
const MAX_QUICK_ENDS = 5;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** Errors that need a person: a new process would continue the damage, or end the same way. */
const FINAL = new Set<ErrorCode>(['DEAD_LETTER_LIMIT', 'OFFSET_OUT_OF_RANGE']);

/** Wrong at the first start. Later, while others work, it may be an outage. */
const MAY_PASS = new Set<ErrorCode>(['KAFKA_UNREACHABLE', 'REGISTRY_UNREACHABLE']);

/**
 * What follows when a process ends that nobody stopped: a new one replaces it, each time a little
 * later; or all of them end, if a new one would not do better.
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

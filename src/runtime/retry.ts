import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError } from '../errors.ts';

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Called before each wait, so that an outage is visible. */
  readonly onRetry?: (error: ScorerError, attempt: number, waitMs: number) => void;
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
  /** How often it is tried. Default: without limit. */
  readonly attempts?: number;
}

/**
 * Runs `work` until it succeeds, or fails with an error whose fate is not `retry`. The waits in
 * between double from `firstWaitMs` (100) to `longestWaitMs` (5000), each with up to 20 % of
 * jitter. Throws the reason of the signal once it aborts, but returns a result that was already
 * there: a committed transaction counts as delivered, wherever its partition goes. Why not p-retry:
 * it drops such a result. And its jitter ends at the longest wait, so after a long outage all
 * partitions of all replicas would retry at the same time.
 */
export async function untilAvailable<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onRetry, firstWaitMs = 100, longestWaitMs = 5000 } = options;
  const { attempts = Infinity } = options;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ScorerError) || error.fate !== 'retry' || attempt >= attempts)
        throw error;
      const waitMs =
        Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) * (1 + Math.random() * 0.2);
      onRetry?.(error, attempt, waitMs);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Rejects with the error of `late` if the promise has not settled in time. The promise itself
 * continues.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

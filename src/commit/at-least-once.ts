import type { Outcome } from '../flow/outcome.ts';
import { untilAvailable, type RetryOptions } from '../runtime/retry.ts';
import type { Committer } from './committer.ts';
import type { Guarantee } from './guarantee.ts';

export interface AtLeastOnceOptions {
  /** Writes scores and dead letters; resolves when all in-sync replicas have all of them. */
  readonly write: (
    outcomes: readonly Outcome[],
    persist: <T>(work: () => Promise<T>) => Promise<T>,
  ) => Promise<void>;
  readonly committer: Committer;
  readonly onRetry: RetryOptions['onRetry'] & object;
}

/**
 * At least once: an offset is committed only after every score and dead letter up to it is
 * acknowledged.
 *
 * Why nothing is lost, line by line of `deliver`, which a partition processor calls in offset
 * order, one call at a time:
 * - a crash before or during `write`: the offset is not committed, the batch is read again; what
 *   was written is there twice;
 * - a crash after `write`, before the commit that `advance` leads to: the same;
 * - a rebalance in between: the partition processor's signal aborts, `advance` is not reached, the
 *   new owner reads the batch again;
 * - an outage: `write` waits inside, so the offset of this batch and of all later ones stays where
 *   it is.
 * Order per partition holds, because a batch is written only after the one before it was
 * acknowledged.
 */
export function createAtLeastOnce({ write, committer, onRetry }: AtLeastOnceOptions): Guarantee {
  return {
    maxBatchesPerDelivery: 1,
    open: () => Promise.resolve(undefined),
    async deliver(outcomes, nextOffset, signal) {
      await write(outcomes, (work) => untilAvailable(work, { signal, onRetry }));
      signal.throwIfAborted();
      committer.advance(outcomes[0]!.batch, nextOffset);
    },
    skipTo(partition, nextOffset) {
      committer.advance(partition, nextOffset);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

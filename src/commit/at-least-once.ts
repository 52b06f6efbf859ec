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
 * acknowledged. The partition processor calls `deliver` in offset order, one call at a time.
 * Nothing is lost, because:
 * - after a crash before or during `write`, the offset is not committed and the batch is read
 *   again; the part that was already written exists twice;
 * - after a crash between `write` and the commit that `advance` leads to, the same happens;
 * - a rebalance in between aborts the signal of the partition processor, so `advance` is not
 *   reached and the new owner reads the batch again;
 * - during an outage `write` waits inside, so the committed offset does not move past this batch.
 *
 * The order per partition holds, because a batch is written only after the one before it was
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

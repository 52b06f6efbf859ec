import type { PartitionWork } from '../consume/partition-work.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { countOutcome } from '../observe/outcome-metrics.ts';
import { createDelivery } from '../pipeline.ts';
import { DeadLetterLimit } from '../produce/dead-letter-limit.ts';
import { unlessAborted } from '../runtime/abort.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { buildGuarantee, type GuaranteeParts } from './guarantees.ts';
import type { Reports } from './reports.ts';
import type { Scoring } from './scoring.ts';

/** What is done with the batches of a partition, from scoring to the commit. */
export interface Delivered {
  readonly work: PartitionWork;
  readonly maxBatchesPerDelivery: number;
  /** Commits what is delivered, now. */
  readonly flush: () => Promise<void>;
  /** A new assignment: what was counted and not committed belongs to the earlier one. */
  readonly startOver: (partitions: readonly TopicPartition[]) => void;
}

export async function buildDelivery(
  lifecycle: Lifecycle,
  parts: Omit<GuaranteeParts, 'metrics' | 'onRetry' | 'onFatal'>,
  { take, delivered }: Pick<Scoring, 'take' | 'delivered'>,
  { metrics, status, lag, onRetry, onFatal }: Reports,
): Promise<Delivered> {
  const limit = new DeadLetterLimit(parts.settings.deadLetter);
  const { guarantee, flush, reset } = await buildGuarantee(lifecycle, {
    ...parts,
    metrics,
    onRetry,
    onFatal,
  });
  const work: PartitionWork = {
    ...guarantee,
    score: (batch, signal) => {
      const { score, release } = take(batch);
      // A batch that the model never answers must not keep a partition processor from ending.
      const attempt = () => unlessAborted(score(), signal);
      return untilAvailable(attempt, { signal, onRetry }).finally(release);
    },
    deliver: createDelivery({
      // done here, because batches may be scored in another order than their offsets
      limit: (outcome) => {
        limit.check(outcome);
      },
      guarantee,
      record: (outcome, nextOffset) => {
        status.delivered();
        countOutcome(metrics, outcome, Date.now());
        delivered(outcome);
        lag.done(outcome.batch, nextOffset);
      },
    }),
    skipTo: async (partition, nextOffset, signal) => {
      await guarantee.skipTo(partition, nextOffset, signal);
      lag.done(partition, nextOffset);
    },
  };
  return {
    work,
    maxBatchesPerDelivery: guarantee.maxBatchesPerDelivery,
    flush,
    startOver: (partitions) => {
      reset();
      limit.reset();
      lag.assigned(partitions);
    },
  };
}

import type { TopicPartition } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';

/**
 * How outputs and offsets are made to belong together; one of the two files beside this. Called by
 * one partition processor per partition: `open`, then `deliver` and `skipTo` in offset order and
 * one at a time, then `close`. Outages are waited out inside; the signal's reason is thrown once it
 * aborts.
 */
export interface Guarantee {
  /** How many scored batches of a partition are best delivered together, where so many wait. */
  readonly maxBatchesPerDelivery: number;
  /**
   * Gets ready for a partition. Answers the offset before which everything is done already, where
   * that is known.
   */
  open(partition: TopicPartition, signal: AbortSignal): Promise<bigint | undefined>;
  /**
   * Writes the outcomes of consecutive batches of a partition, and lets the committed offset move
   * to `nextOffset`.
   */
  deliver(outcomes: readonly Outcome[], nextOffset: bigint, signal: AbortSignal): Promise<void>;
  /** Nothing to write, but the offset moves on (transaction markers, gaps). */
  skipTo(partition: TopicPartition, nextOffset: bigint, signal: AbortSignal): Promise<void>;
  close(partition: TopicPartition): Promise<void>;
}

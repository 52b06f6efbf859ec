import type { TopicPartition } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';

/**
 * How outputs and offsets belong together. The two files next to this one implement it. One
 * partition processor per partition calls `open`, then `deliver` and `skipTo` in offset order and
 * one at a time, then `close`. It waits for outages to end by itself, and throws the reason of the
 * signal once it aborts.
 */
export interface Guarantee {
  /** How many scored batches of a partition are delivered together, if that many wait. */
  readonly maxBatchesPerDelivery: number;
  /**
   * Prepares a partition. Returns the offset before which everything is already done, if it is
   * known.
   */
  open(partition: TopicPartition, signal: AbortSignal): Promise<bigint | undefined>;
  /**
   * Writes the outcomes of consecutive batches of a partition, and lets the committed offset move
   * to `nextOffset`.
   */
  deliver(outcomes: readonly Outcome[], nextOffset: bigint, signal: AbortSignal): Promise<void>;
  /** Nothing has to be written, but the offset moves (transaction markers, gaps). */
  skipTo(partition: TopicPartition, nextOffset: bigint, signal: AbortSignal): Promise<void>;
  close(partition: TopicPartition): Promise<void>;
}

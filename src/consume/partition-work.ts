import type { Batch, TopicPartition } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';

/**
 * What a partition processor does with its batches. Each call waits for outages to end by itself,
 * and throws the reason of the signal once it aborts.
 */
export interface PartitionWork {
  /**
   * Called before anything else. Returns the offset before which everything is already done, if it
   * is known.
   */
  open?(partition: TopicPartition, signal: AbortSignal): Promise<bigint | undefined>;
  /**
   * Scores a batch; the next one may be scored while this one is being written, and up to
   * `maxInFlightBatches` of them at the same time.
   */
  score(batch: Batch, signal: AbortSignal): Promise<Outcome>;
  /**
   * Writes the outcomes of consecutive batches, and then lets the partition's offset move to
   * `nextOffset`. Called in offset order, one call at a time.
   */
  deliver(outcomes: readonly Outcome[], nextOffset: bigint, signal: AbortSignal): Promise<void>;
  /** Nothing has to be written, but the offset moves (transaction markers, gaps). */
  skipTo(partition: TopicPartition, nextOffset: bigint, signal: AbortSignal): Promise<void> | void;
  /** Called after everything else. */
  close?(partition: TopicPartition): Promise<void>;
}

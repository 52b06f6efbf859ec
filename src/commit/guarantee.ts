import type { TopicPartition } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';

/**
 * How outputs and offsets are made to belong together; one of the two files beside this. Called by one lane per
 * partition: `open`, then `deliver` and `skipTo` in offset order and one at a time, then `close`. Outages are waited out
 * inside; Abandoned is thrown once the signal aborts.
 */
export interface Guarantee {
  /** Gets ready for a partition. Answers the offset before which everything is done already, where that is known. */
  open(partition: TopicPartition, signal: AbortSignal): Promise<bigint | undefined>;
  /** Writes the outcome, and lets the committed offset move to `nextOffset`. */
  deliver(outcome: Outcome, nextOffset: bigint, signal: AbortSignal): Promise<void>;
  /** Nothing to write, but the offset moves on (transaction markers, gaps). */
  skipTo(partition: TopicPartition, nextOffset: bigint, signal: AbortSignal): Promise<void>;
  close(partition: TopicPartition): Promise<void>;
}

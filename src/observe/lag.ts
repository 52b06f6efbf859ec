import type { TopicPartition } from '../flow/batch.ts';
import type { Metrics } from './metrics.ts';

interface Position {
  end: bigint;
  /** Everything before is done. */
  done: bigint;
  /** Timestamp in ms of the oldest record that was fetched and is not done. */
  oldest: number;
}

/** How far behind each assigned partition is, in records and in seconds. */
export class Lag {
  readonly #metrics: Metrics;
  readonly #positions = new Map<string, Position>();
  readonly #now: () => number;

  constructor(metrics: Metrics, now: () => number) {
    this.#metrics = metrics;
    this.#now = now;
  }

  assigned(partitions: readonly TopicPartition[]): void {
    this.#positions.clear();
    this.#metrics.lagRecords.reset();
    this.#metrics.lagSeconds.reset();
    this.#metrics.assignedPartitions.set(partitions.length);
    if (partitions.length > 0) this.#metrics.rebalances.inc();
  }

  /** A fetch whose first record is at `first`, with the partition's end then. */
  fetched(at: TopicPartition, first: bigint, end: bigint, timestamp: number): void {
    const key = keyOf(at);
    const position = this.#positions.get(key) ?? { end, done: first, oldest: timestamp };
    position.end = end;
    if (position.done >= first) position.oldest = timestamp;
    this.#positions.set(key, position);
    this.#show(at, position);
  }

  /** Everything before `offset` is done; the last record done had this timestamp. */
  done(at: TopicPartition, offset: bigint, timestamp: number): void {
    const position = this.#positions.get(keyOf(at));
    if (position === undefined) return;
    position.done = offset;
    position.oldest = timestamp;
    this.#show(at, position);
  }

  #show({ topic, partition }: TopicPartition, { end, done, oldest }: Position): void {
    const labels = { topic, partition: String(partition) };
    const behind = Math.max(0, Number(end - done));
    this.#metrics.lagRecords.set(labels, behind);
    this.#metrics.lagSeconds.set(labels, behind === 0 ? 0 : Math.max(0, this.#now() - oldest) / 1000);
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

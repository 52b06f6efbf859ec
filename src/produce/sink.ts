import type { TopicPartition } from '../flow/batch.ts';
import type { OutputRecord } from '../flow/record.ts';

/** Why the broker will never accept one record. */
export interface Refused {
  /** Index into the records that were written. */
  readonly index: number;
  readonly reason: string;
}

/**
 * Where records are written (port). Errors are ScorerErrors. After DESTINATION_UNAVAILABLE it may
 * be tried again (the records may then exist twice); after KAFKA_DENIED and TOPIC_NOT_FOUND not.
 */
export interface Sink {
  /** How many partitions a topic has. */
  partitions(topic: string): Promise<number>;
  /**
   * The partition of a key, with the default partitioner of Kafka; `otherwise` for a record without
   * a key.
   */
  partitionOf(key: Buffer | null, partitions: number, otherwise: number): number;
  /**
   * Writes records to one partition in order. Resolves when all in-sync replicas have them, except
   * for those that the broker permanently rejects (too large).
   */
  write(to: TopicPartition, records: readonly OutputRecord[]): Promise<readonly Refused[]>;
}

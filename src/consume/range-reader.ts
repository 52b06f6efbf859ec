import type { Fetched } from './source.ts';

/**
 * Where a range begins or ends: at an offset of each partition (`undefined` leaves a partition as
 * it is by default), or at the first record that is not older than a time, ms since the epoch, as
 * Kafka finds it: markers of transactions count.
 */
export type Bound =
  { readonly offset: (partition: number) => number | undefined } | { readonly time: number };

export interface Range {
  readonly topic: string;
  /** Default: all that the topic has. */
  readonly partitions?: readonly number[] | undefined;
  /** The first record. Default: the oldest that is there. */
  readonly from?: Bound | undefined;
  /** The first record that is not read any more. Default: the end when the reading begins. */
  readonly to?: Bound | undefined;
  /**
   * Which records are read:
   *
   * - `committed` (default): none of aborted transactions, and none behind the beginning of a
   *   transaction that is open when the reading begins;
   * - `settled`: as `committed`, but what is open is waited for;
   * - `written`: all of them.
   */
  readonly read?: 'committed' | 'settled' | 'written' | undefined;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Bounded reads of a topic (port): all records of a range, once, in the order of each partition, and
 * then the end. No group is joined, and nothing is committed.
 *
 * Records come as they are fetched, and no more are fetched while these are worked on than one
 * batch of each partition. Throws TOPIC_NOT_FOUND, OFFSET_OUT_OF_RANGE, KAFKA_DENIED,
 * BATCH_CORRUPT, and BROKER_UNAVAILABLE when a partition could not be read for a minute.
 */
export interface RangeReader {
  read(range: Range): AsyncIterable<Fetched>;
}

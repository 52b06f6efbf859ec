import type { Fetched } from './source.ts';

/**
 * Where a range begins or ends: at an offset of each partition (`undefined`: the default), or at
 * the first record that is not older than a time, in ms since the epoch. Kafka finds it;
 * transaction markers count.
 */
export type Bound = OffsetBound | { readonly time: number };

export interface OffsetBound {
  readonly offset: (partition: number) => number | undefined;
  /** A person named the offsets. What the topic does not have is INPUT_INVALID, not an outage. */
  readonly given?: GivenOffsets | undefined;
}

export interface GivenOffsets {
  readonly option: string;
  /** The partitions that are named. Empty: one offset for all. */
  readonly partitions: readonly number[];
}

export interface Range {
  readonly topic: string;
  /** Default: all partitions of the topic. */
  readonly partitions?: readonly number[] | undefined;
  /** The first record. Default: the oldest that is there. */
  readonly from?: Bound | undefined;
  /** The first record that is not read. Default: the end when the reading begins. */
  readonly to?: Bound | undefined;
  /**
   * Which records are read:
   * - `committed` (default): no records of aborted transactions, and none after the start of a
   *   transaction that is open when the reading begins;
   * - `settled`: like `committed`, but waits for open transactions;
   * - `written`: all records.
   */
  readonly read?: 'committed' | 'settled' | 'written' | undefined;
  /**
   * The reading does not end at `to`, but waits for further records until the signal aborts. While
   * there are none, batches without records show that the topic can be read.
   */
  readonly follow?: boolean | undefined;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Bounded reads of a topic (port): all records of a range, once, in the order of each partition,
 * and then the end. No group is joined, and nothing is committed. Records are yielded as they are
 * fetched. During the work on them, at most one more batch of each partition is fetched. Throws
 * TOPIC_NOT_FOUND, OFFSET_OUT_OF_RANGE, KAFKA_DENIED, BATCH_CORRUPT, and BROKER_UNAVAILABLE when a
 * partition could not be read for a minute.
 */
export interface RangeReader {
  read(range: Range): AsyncIterable<Fetched>;
  /**
   * The offset that the next record of each partition will have, open transactions included. Throws
   * the same errors.
   */
  ends(range: Pick<Range, 'topic' | 'partitions' | 'signal'>): Promise<ReadonlyMap<number, number>>;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError, type ErrorCode } from '../errors.ts';
import type { CorruptBatch } from '../kafkajs/fetch/corrupt-batch.ts';
import type { FetchedRecord, FetchedRecords } from '../kafkajs/fetch/fetched-records.ts';
import { onPartitionCorrupt } from '../kafkajs/fetch/kafka-fetch-patch.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import { clusterOf } from '../kafkajs/kafka-cluster.ts';
import { isDenial, typeOf } from '../kafkajs/kafka-errors.ts';
import {
  boundsOf,
  READ_COMMITTED,
  READ_WRITTEN,
  type PartitionBounds,
} from './kafka-range-bounds.ts';
import { patiently, type Patience } from './kafka-range-patience.ts';
import { mergeRanges, type PartitionRange } from './merge-ranges.ts';
import type { Range, RangeReader } from './range-reader.ts';
import type { Fetched } from './source.ts';

export interface KafkaRangeReaderOptions {
  readonly kafka: Kafka;
  /** Longest time in which a partition is not read, while it is tried again. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
/** Size of one fetch. A larger record is still fetched as a whole. */
const MAX_BYTES = 1024 * 1024;
/**
 * How long a broker waits for records that are not there yet, such as those of an open transaction.
 */
const MAX_WAIT_MS = 100;
/** How long a reading that follows a topic waits after an answer without records. */
const FOLLOW_MS = 250;

/** Bounded reads with its own fetch requests, because the consumer of kafkajs needs a group. */
export class KafkaRangeReader implements RangeReader {
  readonly #kafka: Kafka;
  readonly #patienceMs: number;

  constructor({ kafka, patienceMs = PATIENCE_MS }: KafkaRangeReaderOptions) {
    this.#kafka = kafka;
    this.#patienceMs = patienceMs;
  }

  async ends(
    range: Pick<Range, 'topic' | 'partitions' | 'signal'>,
  ): Promise<ReadonlyMap<number, number>> {
    const { topic, partitions, signal } = range;
    signal?.throwIfAborted();
    const cluster = clusterOf(this.#kafka)!;
    try {
      await cluster.connect();
      const patience = { cluster, signal, patienceMs: this.#patienceMs };
      const written = { topic, partitions, read: 'written' } as const;
      const bounds = await patiently(() => boundsOf(cluster, written), patience);
      return new Map(bounds.map(({ partition, end }) => [partition, end]));
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : named(error, topic);
    } finally {
      await cluster.disconnect();
    }
  }

  async *read(range: Range): AsyncGenerator<Fetched> {
    range.signal?.throwIfAborted();
    const cluster = clusterOf(this.#kafka)!; // the version of kafkajs is known to have it
    const corrupt = new Map<number, CorruptBatch>();
    const stop = onPartitionCorrupt(({ topic, partition }, batch) => {
      if (topic === range.topic && batch !== undefined) corrupt.set(partition, batch);
    });
    try {
      await cluster.connect();
      const patience = { cluster, signal: range.signal, patienceMs: this.#patienceMs };
      const bounds = await patiently(() => boundsOf(cluster, range), patience);
      const isolationLevel = range.read === 'written' ? READ_WRITTEN : READ_COMMITTED;
      const parts = bounds
        .filter(({ start, end }) => start < end)
        .map((at) => new Part({ ...range, ...patience, isolationLevel }, at, corrupt));
      yield* mergeRanges(parts, range.signal);
    } catch (error) {
      throw range.signal?.aborted === true ? range.signal.reason : named(error, range.topic);
    } finally {
      stop();
      await cluster.disconnect();
    }
  }
}

interface Reading extends Range, Patience {
  readonly isolationLevel: number;
}

/** What is left of one partition. */
class Part implements PartitionRange {
  readonly end: number;
  readonly follows: boolean;
  readonly #of: Reading;
  readonly #partition: number;
  readonly #corrupt: ReadonlyMap<number, CorruptBatch>;
  #next: number;
  /** The last answer had no records. */
  #quiet = false;

  constructor(
    of: Reading,
    { partition, start, end }: PartitionBounds,
    corrupt: ReadonlyMap<number, CorruptBatch>,
  ) {
    this.#of = of;
    this.#partition = partition;
    this.#next = start;
    this.end = end;
    this.follows = of.follow === true;
    this.#corrupt = corrupt;
  }

  /** Resolves when the position has moved, or, if it follows the topic, when there was an answer. */
  async next(): Promise<Fetched> {
    const { signal } = this.#of;
    if (this.#quiet) await sleep(FOLLOW_MS, undefined, signal === undefined ? {} : { signal });
    return patiently(() => this.#fetch(), this.#of);
  }

  /** Undefined where nothing could be read yet. */
  async #fetch(): Promise<Fetched | undefined> {
    const { topic, isolationLevel, cluster } = this.#of;
    const [partition, from] = [this.#partition, this.#next];
    const leaders = cluster.findLeaderForPartitions(topic, [partition]);
    const broker = await cluster.findBroker({ nodeId: Object.keys(leaders)[0] ?? -1 });
    const { responses } = await broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      isolationLevel,
      topics: [
        { topic, partitions: [{ partition, fetchOffset: String(from), maxBytes: MAX_BYTES }] },
      ],
    });
    const corrupt = this.#corrupt.get(partition);
    if (corrupt !== undefined) throw corruptError(topic, partition, corrupt);
    const got = responses[0]?.partitions[0];
    if (got === undefined) return undefined;
    const all = got.messages as FetchedRecords;
    const last = all.at(-1);
    // If the broker has later offsets but sends no records, compaction has removed those in
    // between.
    const seen = Number(
      isolationLevel === READ_COMMITTED ? got.lastStableOffset : got.highWatermark,
    );
    this.#quiet = last === undefined && this.#of.follow === true;
    if (last === undefined && seen < this.end && !this.#quiet) return undefined;
    if (!this.#quiet)
      this.#next = last === undefined ? this.end : Math.min(last.offset + 1, this.end);
    const records = within(all, from, this.end);
    return {
      topic,
      partition,
      records,
      nextOffset: BigInt(this.#next),
      endOffset: BigInt(this.end),
    };
  }
}

/** Those of a range that are for a reader. */
function within(all: FetchedRecords, from: number, end: number): readonly FetchedRecord[] {
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (!all.hidden && first.offset >= from && last.offset < end) return all;
  // Its own filter checks only the first record, because kafkajs needs that.
  return Array.from(all).filter(
    ({ offset, isControlRecord }) => !isControlRecord && offset >= from && offset < end,
  );
}

function corruptError(topic: string, partition: number, batch: CorruptBatch): ScorerError {
  const what = `offsets ${batch.firstOffset} to ${batch.lastOffset} of ${topic}-${partition} cannot be read: ${batch.message}`;
  return new ScorerError({ code: 'BATCH_CORRUPT', what, where: topic });
}

/** The error that ends the reading, with its code. The reason of an abort is not changed. */
function named(error: unknown, topic: string): unknown {
  if (!(error instanceof Error) || error instanceof ScorerError) return error;
  const type = typeOf(error);
  const { name, message } = error;
  const of = (code: ErrorCode, what: string): ScorerError =>
    new ScorerError({ code, what, where: topic }, { cause: error });
  if (isDenial(error))
    return of('KAFKA_DENIED', `Read on the topic ${topic} was denied: ${message}`);
  if (type === 'OFFSET_OUT_OF_RANGE')
    return of('OFFSET_OUT_OF_RANGE', `records of ${topic} were deleted before they could be read`);
  if (type !== undefined || name.startsWith('KafkaJS'))
    return of('BROKER_UNAVAILABLE', `the topic ${topic} cannot be read: ${message}`);
  return error;
}

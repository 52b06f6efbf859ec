import kafkajs, {
  type Consumer,
  type ConsumerConfig,
  type EachBatchPayload,
  type Kafka,
  type PartitionAssigner,
} from 'kafkajs';
import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { Logger } from '../observe/logger.ts';
import { KAFKA_RETRY } from '../kafkajs/kafka-client.ts';
import { isDenial } from '../kafkajs/kafka-errors.ts';
import { TopicIds } from '../runtime/topic-ids.ts';
import { createAssignor } from './kafka-assignor.ts';
import { crashError, outageError } from './kafka-consumer-error.ts';
import type { Cluster, ConsumerGroup } from '../kafkajs/kafka-group.ts';
import { settle } from './kafka-positions.ts';
import type { Hooks } from '../kafkajs/kafka-join-patch.ts';
import { TopicWatch } from './kafka-topic-watch.ts';
import type { OffsetCommit, Source, SourceEvents } from './source.ts';

export interface KafkaSourceOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** How many partitions the topics have together. */
  readonly partitions: number;
  readonly fromBeginning: boolean;
  /** The ids of the topics, which are told as each assignment begins. */
  readonly ids?: TopicIds;
  /** Where a partition goes on whose committed offset the broker does not have (any more). */
  readonly outOfRange: 'earliest' | 'latest' | 'stop';
  /** Passed through to kafkajs; the configuration has refused the keys that are ours. */
  readonly overrides?: Partial<ConsumerConfig> | undefined;
  readonly logger: Logger;
}

/**
 * How long a fetch waits for records. It is also how long kafkajs sleeps when every partition is
 * paused, and so how late a resumed partition is seen at worst; its default of 5 s would be felt.
 */
const MAX_WAIT_MS = 250;

/**
 * How late a member hears of a rebalance at worst (kafkajs: 3 s). All partitions stand still
 * meanwhile, for the members that heard of it sooner wait for the last one.
 */
const HEARTBEAT_MS = 500;

/**
 * How long the group waits for a member that died, while its partitions stand still (kafkajs: 30
 * s). Brokers take no less unless they are told to. Heartbeats come from the loop that fetches,
 * and while what is in flight is finished.
 */
const SESSION_MS = 6000;

/**
 * How long the members that joined wait for one that does not; longer than a member may take to
 * finish what is in flight.
 */
const REBALANCE_MS = 15_000;

/**
 * How late a broker that is back is seen at worst, and what is waited before a consumer that lost
 * its group starts again.
 */
const LONGEST_RETRY_MS = 1000;

/**
 * A fetch of a few batches: more would only lie in memory while the first is scored (kafkajs: 1
 * MB).
 */
const MAX_BYTES_PER_PARTITION = 256 * 1024;

/**
 * kafkajs wakes so many workers at every fetch, which costs more than the records of a slow stream;
 * with fewer than partitions, a partition without room would hold others up until it has some.
 */
const MIN_WORKERS = 8;
const MAX_WORKERS = 256;

/** What kafkajs tells while its loop runs. */
const LOOP_EVENTS = [
  'consumer.fetch_start',
  'consumer.fetch',
  'consumer.heartbeat',
  'consumer.crash',
  'consumer.connect',
] as const;

/** Commit errors that say: the group has moved on, or is about to. */
const LOST = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** A consumer group member on kafkajs. */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  #consumer: Consumer | undefined;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #stopping = false;
  readonly #stop = new AbortController();
  readonly #ids: TopicIds;
  readonly #topics: TopicWatch;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    this.#ids = options.ids ?? new TopicIds();
    this.#topics = new TopicWatch(this.#ids, this.#stop.signal);
  }

  async start(events: SourceEvents): Promise<void> {
    const { kafka, groupId, topics, partitions, fromBeginning, overrides, logger } = this.#options;
    const consumer = kafka.consumer({
      maxWaitTimeInMs: MAX_WAIT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: REBALANCE_MS,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      ...overrides,
      retry: { ...KAFKA_RETRY, maxRetryTime: LONGEST_RETRY_MS, ...overrides?.retry },
      groupId,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        assigner(logger, {
          beforeRejoin: () => (this.#stopping ? Promise.resolve() : events.rejoining()),
          topicsThere: (group, leave) => this.#topicsThere(group, leave, events),
          synced: (group) =>
            settle(group, {
              startFrom: fromBeginning ? 'earliest' : 'latest',
              ids: this.#ids,
              logger,
            }),
          sameTopics: (group, nodeId, names) => this.#topics.same(group, nodeId, names),
          onOutOfRange: (at) => this.#outOfRange(at, events),
        }),
      ],
    });
    this.#consumer = consumer;
    this.#listen(consumer, events);
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning });
    await consumer.run({
      autoCommit: false,
      // Offsets are resolved where the records are queued: a handler that ends after a rebalance
      // must not resolve any.
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: Math.min(Math.max(partitions, MIN_WORKERS), MAX_WORKERS),
      eachBatch: (payload) => this.#eachBatch(payload, events),
    });
  }

  async commit(offsets: readonly OffsetCommit[]): Promise<boolean> {
    if (this.#consumer === undefined || offsets.length === 0) return true;
    try {
      // Unlike the consumer's own call, a handler's still commits while the consumer stops.
      if (this.#commit !== undefined) await this.#commit({ topics: this.#byTopic(offsets) });
      else {
        const noted = offsets.map(({ topic, partition, offset }) => ({
          topic,
          ...this.#noted(topic, partition, offset),
        }));
        await this.#consumer.commitOffsets(noted);
      }
      return true;
    } catch (error) {
      const { type, message } = error as Error & { type?: string };
      if (type !== undefined && LOST.has(type)) return false;
      if (isDenial(error)) {
        const what = `Read on the group ${this.#options.groupId} was denied, so that no offset can be committed: ${message}`;
        throw new ScorerError(
          { code: 'KAFKA_DENIED', what, where: 'input.groupId' },
          { cause: error },
        );
      }
      throw new ScorerError(
        { code: 'BROKER_UNAVAILABLE', what: `committing offsets failed: ${message}` },
        { cause: error },
      );
    }
  }

  async confirmed(signal: AbortSignal): Promise<void> {
    const beat = Promise.withResolvers<unknown>();
    const unsubscribe = this.#consumer?.on('consumer.heartbeat', beat.resolve);
    signal.addEventListener('abort', beat.resolve, { once: true });
    if (signal.aborted) beat.resolve(undefined); // which tells nobody who listens only now
    await beat.promise;
    unsubscribe?.();
    signal.removeEventListener('abort', beat.resolve);
    signal.throwIfAborted();
  }

  pause({ topic, partition }: TopicPartition): void {
    whileInGroup(() => this.#consumer?.pause([{ topic, partitions: [partition] }]));
  }

  resume({ topic, partition }: TopicPartition): void {
    whileInGroup(() => this.#consumer?.resume([{ topic, partitions: [partition] }]));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stop.abort();
    await this.#consumer?.disconnect();
  }

  /**
   * Errors of ours must not reach kafkajs: a TypeError would end the consumer silently, and others
   * would make it fetch the same records again. Its own errors must: they are how it learns of a
   * rebalance.
   */
  async #eachBatch(payload: EachBatchPayload, events: SourceEvents): Promise<void> {
    if (this.#stopping) return;
    const { batch } = payload;
    const last = batch.messages.at(-1);
    if (last === undefined) return;
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    let room: Promise<void>;
    try {
      room = events.fetched({
        topic: batch.topic,
        partition: batch.partition,
        records: batch.messages,
        nextOffset: BigInt(batch.lastOffset()) + 1n,
        endOffset: BigInt(batch.highWatermark),
      });
      payload.resolveOffset(last.offset);
      await room;
    } catch (error) {
      events.crashed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    await payload.heartbeat();
  }

  /**
   * Nothing is fetched while an input topic is missing, and the group need not wait for this
   * member.
   */
  async #topicsThere(
    group: ConsumerGroup,
    leave: () => Promise<void>,
    events: SourceEvents,
  ): Promise<void> {
    let left = false;
    await this.#topics.there(group, (missing) => {
      events.looped(false);
      events.interrupted(missing);
      if (!left) void leave().catch(() => undefined);
      left = true;
    });
  }

  #noted(topic: string, partition: number, offset: bigint) {
    const metadata = this.#ids.note(topic);
    return {
      partition,
      offset: offset.toString(),
      ...(metadata === undefined ? {} : { metadata }),
    };
  }

  #byTopic(offsets: readonly OffsetCommit[]) {
    return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, entries]) => ({
      topic,
      partitions: entries.map(({ partition, offset }) => this.#noted(topic, partition, offset)),
    }));
  }

  #outOfRange({ topic, partition }: TopicPartition, events: SourceEvents): 'earliest' | 'latest' {
    const { outOfRange, groupId, logger } = this.#options;
    if (outOfRange !== 'stop') {
      logger.error(
        { topic, partition, outOfRange },
        'the committed offset is not in the topic; records may be lost or repeated',
      );
      return outOfRange;
    }
    const what = `the offset that group ${groupId} committed is not in ${topic}-${partition} any more`;
    const error = new ScorerError({ code: 'OFFSET_OUT_OF_RANGE', what, where: 'input.outOfRange' });
    events.crashed(error);
    throw Object.assign(error, { retriable: false }); // ends the consumer
  }

  #listen(consumer: Consumer, events: SourceEvents): void {
    for (const event of LOOP_EVENTS)
      consumer.on(event, () => {
        events.looped(event === 'consumer.fetch');
      });
    consumer.on('consumer.group_join', ({ payload }) => {
      const assignment = Object.entries(payload.memberAssignment);
      events.assigned(
        assignment.flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      );
    });
    // A fetch of nothing but transaction markers or aborted records calls no handler, and yet the
    // position moves on.
    consumer.on('consumer.end_batch_process', ({ payload }) => {
      const { topic, partition, batchSize, lastOffset, highWatermark } = payload;
      if (batchSize > 0 || this.#stopping) return;
      void events.fetched({
        topic,
        partition,
        records: [],
        nextOffset: BigInt(lastOffset) + 1n,
        endOffset: BigInt(highWatermark),
      });
    });
    consumer.on('consumer.crash', ({ payload }) => {
      this.#commit = undefined;
      if (this.#stopping) return;
      if (!payload.restart) events.crashed(crashError(payload.error));
      else events.interrupted(outageError(payload.error));
    });
  }
}

/**
 * Between a crash and the restart that follows, kafkajs has no group and throws at whoever pauses
 * or resumes. Nothing is missed then: the group after the restart begins with nothing paused.
 */
function whileInGroup(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error;
  }
}

/** Our assignment, and the hooks that `kafka-join-patch.ts` calls. */
function assigner(logger: Logger, hooks: Hooks): PartitionAssigner {
  return ({ cluster }) => {
    const assignor = createAssignor({ cluster: cluster as unknown as Cluster }, logger);
    const synced: Hooks['synced'] = async (group) => {
      assignor.remember(group);
      await hooks.synced?.(group);
    };
    return { ...assignor, ...hooks, synced };
  };
}

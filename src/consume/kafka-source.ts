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
import { TopicIds } from '../runtime/topic-ids.ts';
import { createAssignor } from './kafka-assignor.ts';
import { consumerConfig, runConfig } from './kafka-consumer-config.ts';
import { crashError, outageError } from './kafka-consumer-error.ts';
import { OffsetCommits, type HandlerCommit } from './kafka-offset-commit.ts';
import type { Cluster, ConsumerGroup } from '../kafkajs/kafka-group.ts';
import { settle } from './kafka-positions.ts';
import type { Hooks } from '../kafkajs/kafka-join-hooks.ts';
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
  /** Where a partition continues if the broker does not have its committed offset (any more). */
  readonly outOfRange: 'earliest' | 'latest' | 'stop';
  /** Passed on to kafkajs. The configuration has already refused the keys that the service sets. */
  readonly overrides?: Partial<ConsumerConfig> | undefined;
  readonly logger: Logger;
}

/** The events of kafkajs while its loop runs. */
const LOOP_EVENTS = [
  'consumer.fetch_start',
  'consumer.fetch',
  'consumer.heartbeat',
  'consumer.crash',
  'consumer.connect',
] as const;

/** A consumer group member on kafkajs. */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  #consumer: Consumer | undefined;
  #handlerCommit: HandlerCommit | undefined;
  #stopping = false;
  readonly #stop = new AbortController();
  readonly #ids: TopicIds;
  readonly #topics: TopicWatch;
  readonly #commits: OffsetCommits;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    this.#ids = options.ids ?? new TopicIds();
    this.#topics = new TopicWatch(this.#ids, this.#stop.signal);
    this.#commits = new OffsetCommits(options.groupId, this.#ids);
  }

  async start(events: SourceEvents): Promise<void> {
    const { kafka, groupId, topics, partitions, fromBeginning, overrides, logger } = this.#options;
    const assigns = assigner(logger, {
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
    });
    const consumer = kafka.consumer(consumerConfig(groupId, assigns, overrides));
    this.#consumer = consumer;
    this.#listen(consumer, events);
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning });
    await consumer.run(runConfig(partitions, (payload) => this.#eachBatch(payload, events)));
  }

  async commit(offsets: readonly OffsetCommit[]): Promise<boolean> {
    if (this.#consumer === undefined || offsets.length === 0) return true;
    return this.#commits.commit(offsets, this.#consumer, this.#handlerCommit);
  }

  async confirmed(signal: AbortSignal): Promise<void> {
    const beat = Promise.withResolvers<unknown>();
    const unsubscribe = this.#consumer?.on('consumer.heartbeat', beat.resolve);
    signal.addEventListener('abort', beat.resolve, { once: true });
    if (signal.aborted) beat.resolve(undefined); // a late listener gets no event
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
   * Our errors must not reach kafkajs: a TypeError would end the consumer silently, and others
   * would make it fetch the same records again. Its own errors must reach it, because it learns of
   * a rebalance from them.
   */
  async #eachBatch(payload: EachBatchPayload, events: SourceEvents): Promise<void> {
    if (this.#stopping) return;
    const { batch } = payload;
    const last = batch.messages.at(-1);
    if (last === undefined) return;
    this.#handlerCommit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
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
   * While an input topic is missing, nothing is fetched, and the group does not wait for this
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

  #outOfRange({ topic, partition }: TopicPartition, events: SourceEvents): 'earliest' | 'latest' {
    const { outOfRange, groupId, logger } = this.#options;
    if (outOfRange !== 'stop') {
      logger.error(
        { topic, partition, outOfRange },
        'the committed offset is not in the topic; records may be lost or scored twice',
      );
      return outOfRange;
    }
    const what = `${topic}-${partition} no longer has the offset that the group ${groupId} committed`;
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
    // A fetch with only transaction markers or aborted records calls no handler, but the position
    // moves.
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
      this.#handlerCommit = undefined;
      if (this.#stopping) return;
      if (!payload.restart) events.crashed(crashError(payload.error));
      else events.interrupted(outageError(payload.error));
    });
  }
}

/**
 * Between a crash and the following restart, kafkajs has no group and throws at pause and resume.
 * This is harmless: the group after the restart has no paused partition.
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

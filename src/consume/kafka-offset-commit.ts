import type { Consumer, EachBatchPayload } from 'kafkajs';
import { ScorerError } from '../errors.ts';
import { isDenial } from '../kafkajs/kafka-errors.ts';
import type { TopicIds } from '../runtime/topic-ids.ts';
import type { OffsetCommit } from './source.ts';

/**
 * The commit of a handler. Unlike the commit of the consumer, it also works while the consumer
 * stops.
 */
export type HandlerCommit = EachBatchPayload['commitOffsetsIfNecessary'];

/** Commit errors that mean: the group has moved on, or is about to. */
const LOST = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** Commits offsets of a group, each with the id of its topic. */
export class OffsetCommits {
  readonly #groupId: string;
  readonly #ids: TopicIds;

  constructor(groupId: string, ids: TopicIds) {
    this.#groupId = groupId;
    this.#ids = ids;
  }

  /** Returns false if the partitions belong to another member now. */
  async commit(
    offsets: readonly OffsetCommit[],
    consumer: Consumer,
    handler: HandlerCommit | undefined,
  ): Promise<boolean> {
    try {
      if (handler !== undefined) await handler({ topics: this.#byTopic(offsets) });
      else {
        const noted = offsets.map(({ topic, partition, offset }) => ({
          topic,
          ...this.#noted(topic, partition, offset),
        }));
        await consumer.commitOffsets(noted);
      }
      return true;
    } catch (error) {
      const { type } = error as Error & { type?: string };
      if (type !== undefined && LOST.has(type)) return false;
      throw this.#refusal(error);
    }
  }

  #refusal(error: unknown): ScorerError {
    const { message } = error as Error;
    if (isDenial(error)) {
      const what = `Read on the group ${this.#groupId} was denied, so no offset can be committed: ${message}`;
      return new ScorerError(
        { code: 'KAFKA_DENIED', what, where: 'input.groupId' },
        { cause: error },
      );
    }
    return new ScorerError(
      { code: 'BROKER_UNAVAILABLE', what: `the offsets cannot be committed: ${message}` },
      { cause: error },
    );
  }

  #byTopic(offsets: readonly OffsetCommit[]) {
    return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, entries]) => ({
      topic,
      partitions: entries.map(({ partition, offset }) => this.#noted(topic, partition, offset)),
    }));
  }

  #noted(topic: string, partition: number, offset: bigint) {
    const metadata = this.#ids.note(topic);
    return {
      partition,
      offset: offset.toString(),
      ...(metadata === undefined ? {} : { metadata }),
    };
  }
}

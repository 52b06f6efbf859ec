import type { TopicPartition } from '../flow/batch.ts';
import { isMissingTopic } from './kafka-errors.ts';
import type { FetchedBatch } from './kafka-group.ts';
import { isJoined, joinOf } from './kafka-join-guards.ts';
import { areSame, resetPolicy, waitForTopics, type Group } from './kafka-join-hooks.ts';

/** Joins that have not started yet, while topics are missing. */
const waiting = new WeakMap<Group, Promise<void>>();

/** Drops records that were fetched for another assignment or from another topic. */
export function guardFetches(prototype: Group): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { fetch, recoverFromFetch } = prototype;
  prototype.fetch = async function guardedFetch(
    this: Group,
    nodeId: string,
  ): Promise<FetchedBatch[]> {
    const join = waiting.get(this) ?? joinOf(this);
    if (join !== undefined) await join;
    if (!isJoined(this)) await this.joinAndSync();
    const { generationId } = this;
    const batches = await fetch.call(this, nodeId);
    if (this.generationId !== generationId) return [];
    const topics = [
      ...new Set(
        batches.filter(({ rawMessages }) => rawMessages.length > 0).map(({ topic }) => topic),
      ),
    ];
    if (topics.length === 0) return batches;
    try {
      const same = await areSame(this, nodeId, topics);
      if (this.generationId !== generationId) return [];
      if (same) return batches;
    } catch (error) {
      await this.recoverFromFetch(error as Error);
      return [];
    }
    await rejoinWhereTopicsAre(this);
    return [];
  };
  prototype.recoverFromFetch = async function guardedRecovery(
    this: Group,
    error: Error & { type?: string },
  ) {
    if (!isMissingTopic(error)) return recoverFromFetch.call(this, error);
    await rejoinWhereTopicsAre(this);
  };
}

/** Resets an offset that is out of range as the hook says. */
export function guardResets(prototype: Group): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { recoverFromOffsetOutOfRange } = prototype;
  prototype.recoverFromOffsetOutOfRange = async function guardedReset(
    this: Group,
    error: TopicPartition,
  ) {
    if (!(await areSame(this, undefined, [error.topic]))) return rejoinWhereTopicsAre(this);
    const policy = resetPolicy(this, error);
    if (policy !== undefined)
      this.topicConfigurations[error.topic] = { fromBeginning: policy === 'earliest' };
    await recoverFromOffsetOutOfRange.call(this, error);
  };
}

function rejoinWhereTopicsAre(group: Group): Promise<void> {
  const rejoin = async (): Promise<void> => {
    try {
      await waitForTopics(group);
      await group.cluster.refreshMetadata();
      await group.joinAndSync();
    } finally {
      waiting.delete(group);
    }
  };
  const own = waiting.get(group) ?? rejoin();
  waiting.set(group, own);
  return own;
}

import type { TopicPartition } from '../flow/batch.ts';
import { passing, typeOf } from './kafka-errors.ts';
import type { ConsumerGroup, FetchedBatch } from './kafka-group.ts';
import { inside } from './kafka-inside.ts';
import type { Patch } from './patch.ts';

/**
 * What an assigner of ours brings along for the guards; kafkajs hands it to every consumer group
 * that it makes.
 */
export interface Hooks {
  readonly beforeRejoin?: () => Promise<void>;
  /**
   * Resolves when every topic is there; may take long. `leave`: the group need not wait for this
   * member meanwhile.
   */
  readonly topicsThere?: (group: ConsumerGroup, leave: () => Promise<void>) => Promise<void>;
  /** The member knows what it has; nothing is read yet. */
  readonly synced?: (group: ConsumerGroup) => Promise<void>;
  /**
   * Whether the topics are still those that the assignment is about; asked before what was fetched
   * is handed on.
   */
  readonly sameTopics?: (
    group: ConsumerGroup,
    nodeId: string | undefined,
    topics: string[],
  ) => Promise<boolean>;
  /**
   * What to do where the broker does not have the offset a partition should be read from; may throw
   * to end the consumer.
   */
  readonly onOutOfRange?: (at: TopicPartition) => 'earliest' | 'latest';
}

type Group = ConsumerGroup<Hooks>;
type Step = (this: Group) => Promise<void>;

const FINISH_HEARTBEAT_MS = 1000;

/**
 * Joins under way: the fetch loops of other brokers wait for them, and do not begin a second one.
 */
const joining = new WeakMap<Group, Promise<void>>();

/** The same while topics are missing, and the join is yet to come. */
const waiting = new WeakMap<Group, Promise<void>>();

/** Groups that are not joined: a join began and has not succeeded, or the member has left. */
const unjoined = new WeakSet<Group>();

/**
 * Needed for the guarantee. kafkajs has no revoke callback, and rejoins in the middle of things (a
 * metadata refresh in one broker's fetch loop) while other fetches are under way. Guards around its
 * consumer group:
 *
 * - before it rejoins, it waits for `beforeRejoin` of its assigner: in-flight batches are finished
 *   and their offsets committed while the old generation is still valid, and heartbeats go on
 *   meanwhile;
 * - a fetch that was under way across a rejoin answers nothing: its records belong to the old
 *   assignment, and resolving their offsets would jump over records that the new one has yet to
 *   read;
 * - what was fetched from a topic that was deleted and made again is not handed on: the group
 *   rejoins, and begins anew;
 * - a topic that is missing is waited for, instead of ending in a crash and a restart many times a
 *   second;
 * - positions are settled (`synced`) before anything is read;
 * - nothing is fetched after a join that failed, before another has succeeded: kafkajs goes on
 *   fetching as if it had, without the assignment or even the membership, and a member without an
 *   id sends no heartbeats and never notices;
 * - a member that starts again after an outage joins with the id that it had: with a new one, the
 *   group would wait for the old one as long as a session is;
 * - where it joins while no broker or coordinator is to be found, it starts again instead of
 *   ending;
 * - an offset that is out of range is reset as `onOutOfRange` says, instead of silently to where a
 *   new group would begin.
 */
export const joinPatch: Patch = {
  about: 'work in flight when the group rebalances',
  neededFor: 'guarantee',
  install: () => {
    guard(inside<{ prototype: Group }>('consumer/consumerGroup').prototype);
  },
};

/** Separate, so that a test can guard a group of its own making. */
export function guard(prototype: Group): void {
  guardJoins(prototype);
  guardSteps(prototype);
  guardFetches(prototype);
  guardResets(prototype);
}

function guardJoins(prototype: Group): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { joinAndSync, connect } = prototype;
  const join = async (group: Group): Promise<void> => {
    try {
      await joinAndSync.call(group);
      unjoined.delete(group);
    } catch (error) {
      outage(error);
    } finally {
      joining.delete(group);
    }
  };
  prototype.joinAndSync = async function guardedJoin(this: Group) {
    unjoined.add(this);
    if (this.memberId !== null) await finish(this);
    const own = joining.get(this) ?? join(this);
    joining.set(this, own);
    await own;
    // Whoever asked may have thrown the id away while the join of another was under way.
    if (this.memberId === null) await this.joinAndSync();
  };
  prototype.connect = async function guardedConnect(this: Group) {
    try {
      await connect.call(this);
    } catch (error) {
      if (!isMissing(error)) return outage(error);
      await waitForTopics(this);
      await connect.call(this);
    }
  };
}

/** The two halves of a join, which kafkajs repeats by themselves and keeps under symbols. */
function guardSteps(prototype: Group): void {
  const steps = prototype as unknown as Record<symbol, Step>;
  const named = (what: string): symbol | undefined =>
    Object.getOwnPropertySymbols(steps).find(
      ({ description }) => description === `private:ConsumerGroup:${what}`,
    );
  const [joins, syncs] = [named('join'), named('sync')];
  if (joins === undefined || syncs === undefined) return;
  const { [joins]: join, [syncs]: sync } = steps as Record<symbol, Step | undefined>;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { leave } = prototype;
  /** The last id of a consumer, by its list of assigners, which outlives its groups. */
  const memberIds = new WeakMap<object, string>();

  steps[joins] = async function guardedStep(this: Group) {
    this.memberId ??= memberIds.get(this.assigners) ?? null;
    try {
      await join!.call(this);
    } catch (error) {
      if (typeOf(error) === 'UNKNOWN_MEMBER_ID') memberIds.delete(this.assigners);
      throw error;
    }
    if (this.memberId !== null) memberIds.set(this.assigners, this.memberId);
  };
  prototype.leave = async function guardedLeave(this: Group) {
    await leave.call(this);
    memberIds.delete(this.assigners);
    // the answer may come when the member has joined again, and takes its id away
    unjoined.add(this);
  };
  steps[syncs] = async function guardedStep(this: Group) {
    await sync!.call(this);
    try {
      for (const { synced } of this.assigners) await synced?.(this);
    } catch (error) {
      throw againOr(error as Error & { retriable?: boolean });
    }
  };
}

function guardFetches(prototype: Group): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { fetch, recoverFromFetch } = prototype;
  prototype.fetch = async function guardedFetch(
    this: Group,
    nodeId: string,
  ): Promise<FetchedBatch[]> {
    const join = waiting.get(this) ?? joining.get(this);
    if (join !== undefined) await join;
    if (unjoined.has(this)) await this.joinAndSync();
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
    if (!isMissing(error)) return recoverFromFetch.call(this, error);
    await rejoinWhereTopicsAre(this);
  };
}

function guardResets(prototype: Group): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { recoverFromOffsetOutOfRange } = prototype;
  prototype.recoverFromOffsetOutOfRange = async function guardedReset(
    this: Group,
    error: TopicPartition,
  ) {
    if (!(await areSame(this, undefined, [error.topic]))) return rejoinWhereTopicsAre(this);
    const policy = this.assigners
      .map(({ onOutOfRange }) => onOutOfRange?.(error))
      .find((answer) => answer !== undefined);
    if (policy !== undefined)
      this.topicConfigurations[error.topic] = { fromBeginning: policy === 'earliest' };
    await recoverFromOffsetOutOfRange.call(this, error);
  };
}

/**
 * Has what is in flight finished, as a member of the old generation, which the group must not give
 * up meanwhile.
 */
async function finish(group: Group): Promise<void> {
  const { coordinator, groupId, generationId, memberId } = group;
  const beat = (): void => {
    // The answer is that the group rebalances, which is why this member joins; the session begins
    // anew all the same.
    coordinator
      ?.heartbeat({ groupId, groupGenerationId: generationId!, memberId: memberId! })
      .catch(() => undefined);
  };
  const beats = setInterval(beat, FINISH_HEARTBEAT_MS);
  try {
    for (const { beforeRejoin } of group.assigners) await beforeRejoin?.();
  } finally {
    clearInterval(beats);
  }
}

/**
 * A join is whole or it is none: without positions nothing may be read. kafkajs joins again after
 * this type, and only after this one.
 */
function againOr(error: Error & { retriable?: boolean }): Error {
  if (error.retriable === false || typeOf(error) === 'UNKNOWN_MEMBER_ID') return error;
  const message = `positions are not settled: ${error.message}`;
  return Object.assign(new Error(message), { type: 'REBALANCE_IN_PROGRESS', retriable: true });
}

async function areSame(
  group: Group,
  nodeId: string | undefined,
  topics: string[],
): Promise<boolean> {
  for (const { sameTopics } of group.assigners) {
    if ((await sameTopics?.(group, nodeId, topics)) === false) return false;
  }
  return true;
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

async function waitForTopics(group: Group): Promise<void> {
  for (const { topicsThere } of group.assigners) await topicsThere?.(group, () => group.leave());
}

/** What kafkajs says of brokers that are away, and takes for the end of the consumer. */
const AWAY = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
]);

/** Throws the error, and has the consumer start again after it where it passes. */
function outage(error: unknown): never {
  for (let at = error; at instanceof Error; at = at.cause)
    if (AWAY.has(at.name)) throw passing(error);
  throw error;
}

function isMissing(error: unknown): boolean {
  return typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

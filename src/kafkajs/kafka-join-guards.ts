import { isMissingTopic, passing, typeOf } from './kafka-errors.ts';
import { finish, settlePositions, waitForTopics, type Group } from './kafka-join-hooks.ts';

type Step = (this: Group) => Promise<void>;

/**
 * Joins in progress. The fetch loops of other brokers wait for them and do not start a second one.
 */
const joining = new WeakMap<Group, Promise<void>>();

/** Groups that are not joined: a join began and has not succeeded, or the member has left. */
const unjoined = new WeakSet<Group>();

/** The join in progress. */
export const joinOf = (group: Group): Promise<void> | undefined => joining.get(group);

/** Whether the member may fetch. */
export const isJoined = (group: Group): boolean => !unjoined.has(group);

/** Makes a join complete: one at a time, after the batches in flight are finished. */
export function guardJoins(prototype: Group): void {
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
    // Another join in progress may have dropped the id of the member.
    if (this.memberId === null) await this.joinAndSync();
  };
  prototype.connect = async function guardedConnect(this: Group) {
    try {
      await connect.call(this);
    } catch (error) {
      if (!isMissingTopic(error)) return outage(error);
      await waitForTopics(this);
      await connect.call(this);
    }
  };
}

/**
 * The two halves of a join. kafkajs repeats each of them separately, and stores them under symbols.
 */
export function guardSteps(prototype: Group): void {
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
    // the answer may come after the member has joined again, and would remove its id
    unjoined.add(this);
  };
  steps[syncs] = async function guardedStep(this: Group) {
    await sync!.call(this);
    try {
      await settlePositions(this);
    } catch (error) {
      throw againOr(error as Error & { retriable?: boolean });
    }
  };
}

/**
 * A join must be complete: without positions nothing may be read. kafkajs joins again after this
 * error type, and only after this one.
 */
function againOr(error: Error & { retriable?: boolean }): Error {
  if (error.retriable === false || typeOf(error) === 'UNKNOWN_MEMBER_ID') return error;
  const message = `the start positions of the partitions are not known: ${error.message}`;
  return Object.assign(new Error(message), { type: 'REBALANCE_IN_PROGRESS', retriable: true });
}

/** Errors of kafkajs for brokers that do not answer. kafkajs would end the consumer. */
const AWAY = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
]);

/** Throws the error, and restarts the consumer after it if the error is temporary. */
function outage(error: unknown): never {
  for (let at = error; at instanceof Error; at = at.cause)
    if (AWAY.has(at.name)) throw passing(error);
  throw error;
}

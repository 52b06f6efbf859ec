import type { TopicPartition } from '../flow/batch.ts';
import type { ConsumerGroup } from './kafka-group.ts';

/**
 * What our assigner adds for the guards. kafkajs gives it to every consumer group that it creates.
 */
export interface Hooks {
  readonly beforeRejoin?: () => Promise<void>;
  /**
   * Resolves when every topic exists; may take long. `leave`: the group need not wait for this
   * member meanwhile.
   */
  readonly topicsThere?: (group: ConsumerGroup, leave: () => Promise<void>) => Promise<void>;
  /** The member knows its assignment, and nothing is read yet. */
  readonly synced?: (group: ConsumerGroup) => Promise<void>;
  /**
   * Whether the topics are still those of the assignment. Called before fetched records are passed
   * on.
   */
  readonly sameTopics?: (
    group: ConsumerGroup,
    nodeId: string | undefined,
    topics: string[],
  ) => Promise<boolean>;
  /**
   * What to do if the broker does not have the offset from which a partition is read. May throw to
   * end the consumer.
   */
  readonly onOutOfRange?: (at: TopicPartition) => 'earliest' | 'latest';
}

/** A consumer group whose assigners have the hooks. */
export type Group = ConsumerGroup<Hooks>;

const FINISH_HEARTBEAT_MS = 1000;

/**
 * Finishes the batches in flight as a member of the old generation. The group must not remove the
 * member meanwhile.
 */
export async function finish(group: Group): Promise<void> {
  const { coordinator, groupId, generationId, memberId } = group;
  const beat = (): void => {
    // The answer says that the group rebalances, which is why this member joins. The session is
    // extended all the same.
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

export async function waitForTopics(group: Group): Promise<void> {
  for (const { topicsThere } of group.assigners) await topicsThere?.(group, () => group.leave());
}

export async function settlePositions(group: Group): Promise<void> {
  for (const { synced } of group.assigners) await synced?.(group);
}

export async function areSame(
  group: Group,
  nodeId: string | undefined,
  topics: string[],
): Promise<boolean> {
  for (const { sameTopics } of group.assigners) {
    if ((await sameTopics?.(group, nodeId, topics)) === false) return false;
  }
  return true;
}

/** Undefined if no hook decides. */
export function resetPolicy(group: Group, at: TopicPartition): 'earliest' | 'latest' | undefined {
  return group.assigners
    .map(({ onOutOfRange }) => onOutOfRange?.(at))
    .find((answer) => answer !== undefined);
}

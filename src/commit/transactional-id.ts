import type { TopicPartition } from '../flow/batch.ts';

/**
 * The id of a partition's producer. Neither a topic nor a number has a slash, so the last two tell
 * where the group ends: no two partitions of any two groups meet in one id. It begins with
 * `<group>-`, as the ids of versions before did, so that permissions for that prefix hold for both;
 * and it never is one of those, which have no slash before the number.
 */
export function transactionalIdOf(groupId: string, { topic, partition }: TopicPartition): string {
  return `${groupId}-/${topic}/${partition}`;
}

/**
 * The id that versions before used: group `a` with topic `b-c` met group `a-b` with topic `c` in
 * it.
 */
export function formerIdOf(groupId: string, { topic, partition }: TopicPartition): string {
  return `${groupId}-${topic}-${partition}`;
}

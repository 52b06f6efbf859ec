import type { TopicPartition } from '../flow/batch.ts';

/**
 * The id of the producer of a partition. Topics and numbers have no slash, so the last two slashes
 * mark the end of the group: two partitions of any two groups never get the same id. It begins with
 * `<group>-` like the ids of earlier versions, so permissions for that prefix hold for both. It
 * never equals an id of an earlier version, because those have no slash before the number.
 */
export function transactionalIdOf(groupId: string, { topic, partition }: TopicPartition): string {
  return `${groupId}-/${topic}/${partition}`;
}

/**
 * The id that earlier versions used: group `a` with topic `b-c` had the same id as group `a-b` with
 * topic `c`.
 */
export function formerIdOf(groupId: string, { topic, partition }: TopicPartition): string {
  return `${groupId}-${topic}-${partition}`;
}

import { guardFetches, guardResets } from './kafka-fetch-guards.ts';
import { inside } from './kafka-inside.ts';
import { guardJoins, guardSteps } from './kafka-join-guards.ts';
import type { Group } from './kafka-join-hooks.ts';
import type { Patch } from './patch.ts';

/**
 * Needed for the guarantee. kafkajs has no revoke callback, and may rejoin in the middle of other
 * work (a metadata refresh in the fetch loop of one broker) while other fetches are in progress.
 * These guards around its consumer group help:
 * - Before it rejoins, it waits for `beforeRejoin` of its assigner: batches in flight are finished
 *   and their offsets committed while the old generation is still valid. Heartbeats continue
 *   meanwhile.
 * - A fetch that was in progress during a rejoin returns nothing. Its records belong to the old
 *   assignment, and resolving their offsets would skip records that the new one still has to read.
 * - Records of a topic that was deleted and created again are not passed on. The group rejoins and
 *   starts again.
 * - It waits for a missing topic, instead of crashing and restarting many times a second.
 * - Start positions are committed (`synced`) before anything is read.
 * - After a failed join nothing is fetched until another one succeeds. kafkajs would continue to
 *   fetch without the assignment or even the membership, and a member without an id sends no
 *   heartbeats and never notices.
 * - A member that restarts after an outage joins with its earlier id. With a new id, the group
 *   would wait for the old member until its session ends.
 * - If no broker or coordinator is found during a join, the consumer restarts instead of ending.
 * - An offset that is out of range is reset as `onOutOfRange` says, instead of silently to the
 *   start position of a new group.
 */
export const joinPatch: Patch = {
  about: 'batches in flight when the group rebalances',
  neededFor: 'guarantee',
  install: () => {
    guard(inside<{ prototype: Group }>('consumer/consumerGroup').prototype);
  },
};

/** A separate function, so a test can guard its own group. */
export function guard(prototype: Group): void {
  guardJoins(prototype);
  guardSteps(prototype);
  guardFetches(prototype);
  guardResets(prototype);
}

import { guardFetches, guardResets } from './kafka-fetch-guards.ts';
import { inside } from './kafka-inside.ts';
import { guardJoins, guardSteps } from './kafka-join-guards.ts';
import type { Group } from './kafka-join-hooks.ts';
import type { Patch } from './patch.ts';

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
  about: 'batches in flight when the group rebalances',
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

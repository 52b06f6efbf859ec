import { createRequire } from 'node:module';

interface ConsumerGroup {
  readonly assigners: readonly { readonly beforeRejoin?: () => Promise<void> }[];
  readonly generationId: number | null;
  readonly memberId: string | null;
  joinAndSync(): Promise<void>;
  fetch(nodeId: string): Promise<unknown[]>;
}

export const KNOWN_VERSION = '2.2.4';

let patched: boolean | undefined;

/**
 * kafkajs 2.2.4 has no revoke callback, and rejoins in the middle of things (a metadata refresh in one broker's fetch
 * loop) while other fetches are under way. Two guards around its consumer group:
 *
 * - before it rejoins, it waits for `beforeRejoin` of its assigner: in-flight batches are finished and their offsets
 *   committed while the old generation is still valid;
 * - a fetch that was under way across a rejoin answers nothing: its records belong to the old assignment, and resolving
 *   their offsets would jump over records that the new one has yet to read.
 *
 * Answers whether the guards are in place; any version but the known one is left alone.
 */
export function guardRejoins(): boolean {
  if (patched !== undefined) return patched;
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  patched = version === KNOWN_VERSION;
  if (patched) guard((require('kafkajs/src/consumer/consumerGroup') as { prototype: ConsumerGroup }).prototype);
  return patched;
}

/** Separate, so that a test can guard a group of its own making. */
export function guard(prototype: ConsumerGroup): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the group as `this` below
  const { joinAndSync, fetch } = prototype;
  prototype.joinAndSync = async function guardedJoin(this: ConsumerGroup) {
    if (this.memberId !== null) for (const assigner of this.assigners) await assigner.beforeRejoin?.();
    await joinAndSync.call(this);
  };
  prototype.fetch = async function guardedFetch(this: ConsumerGroup, nodeId: string) {
    const { generationId } = this;
    const batches = await fetch.call(this, nodeId);
    return this.generationId === generationId ? batches : [];
  };
}

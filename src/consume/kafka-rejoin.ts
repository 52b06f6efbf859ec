import { createRequire } from 'node:module';
import type { TopicPartition } from '../flow/batch.ts';

export interface Hooks {
  readonly beforeRejoin?: () => Promise<void>;
  /** What to do where the broker does not have the offset a partition should be read from; may throw to end the consumer. */
  readonly onOutOfRange?: (at: TopicPartition) => 'earliest' | 'latest';
}

interface ConsumerGroup {
  readonly assigners: readonly Hooks[];
  readonly topicConfigurations: Record<string, { fromBeginning?: boolean }>;
  readonly generationId: number | null;
  readonly memberId: string | null;
  joinAndSync(): Promise<void>;
  fetch(nodeId: string): Promise<unknown[]>;
  recoverFromOffsetOutOfRange(error: TopicPartition): Promise<void>;
}

export const KNOWN_VERSION = '2.2.4';

let patched: boolean | undefined;

/**
 * kafkajs 2.2.4 has no revoke callback, and rejoins in the middle of things (a metadata refresh in one broker's fetch
 * loop) while other fetches are under way. Guards around its consumer group:
 *
 * - before it rejoins, it waits for `beforeRejoin` of its assigner: in-flight batches are finished and their offsets
 *   committed while the old generation is still valid;
 * - a fetch that was under way across a rejoin answers nothing: its records belong to the old assignment, and resolving
 *   their offsets would jump over records that the new one has yet to read;
 * - an offset that is out of range is reset as `onOutOfRange` says, instead of silently to where a new group would begin.
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
  const { joinAndSync, fetch, recoverFromOffsetOutOfRange } = prototype;
  prototype.joinAndSync = async function guardedJoin(this: ConsumerGroup) {
    if (this.memberId !== null) for (const assigner of this.assigners) await assigner.beforeRejoin?.();
    await joinAndSync.call(this);
  };
  prototype.fetch = async function guardedFetch(this: ConsumerGroup, nodeId: string) {
    const { generationId } = this;
    const batches = await fetch.call(this, nodeId);
    return this.generationId === generationId ? batches : [];
  };
  prototype.recoverFromOffsetOutOfRange = async function guardedReset(this: ConsumerGroup, error: TopicPartition) {
    const policy = this.assigners
      .map(({ onOutOfRange }) => onOutOfRange?.(error))
      .find((answer) => answer !== undefined);
    if (policy !== undefined) this.topicConfigurations[error.topic] = { fromBeginning: policy === 'earliest' };
    await recoverFromOffsetOutOfRange.call(this, error);
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { withDeadline } from '../src/runtime/retry.ts';

export interface ProgressOptions {
  readonly admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets'>;
  readonly groupId: string;
  readonly topic: string;
  readonly stop: AbortSignal;
}

const POLL_MS = 100;
const ANSWER_MS = 10_000;

/** How far the group is in the input topic. Brokers that are away are asked again. */
export class Progress {
  readonly #options: ProgressOptions;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** The input's end, by partition. */
  ends(): Promise<number[]> {
    const { admin, topic } = this.#options;
    return this.#answer(async () => inOrder(await admin.fetchTopicOffsets(topic)));
  }

  /** Whether the group's committed offsets reach these in every partition within a time, ms. */
  async reaches(offsets: readonly number[], withinMs: number): Promise<boolean> {
    for (const until = performance.now() + withinMs; performance.now() < until;) {
      const committed = await this.committed();
      if (offsets.every((offset, partition) => (committed[partition] ?? -1) >= offset)) return true;
      await sleep(POLL_MS, undefined, { signal: this.#options.stop });
    }
    return false;
  }

  /** The group's committed offsets, by partition; -1 where there is none. */
  committed(): Promise<number[]> {
    const { admin, groupId, topic } = this.#options;
    return this.#answer(async () => {
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return inOrder(answer?.partitions ?? []);
    });
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    const { stop } = this.#options;
    for (;;) {
      try {
        return await withDeadline(ask(), ANSWER_MS, () => new Error('no answer'));
      } catch {
        await sleep(POLL_MS, undefined, { signal: stop });
      }
    }
  }
}

function inOrder(
  partitions: readonly { readonly partition: number; readonly offset: string }[],
): number[] {
  return partitions
    .toSorted((a, b) => a.partition - b.partition)
    .map(({ offset }) => Number(offset));
}

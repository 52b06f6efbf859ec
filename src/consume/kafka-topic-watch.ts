import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError } from '../errors.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { TopicIds } from '../runtime/topic-ids.ts';
import type { ConsumerGroup } from '../kafkajs/kafka-group.ts';
import { changed } from './kafka-positions.ts';

/**
 * A topic is not deleted and created again within this time. While records arrive, its id is
 * requested this often.
 */
const SAME_MS = 100;

/** Whether the topics of a member exist, and are still the ones of its assignment. */
export class TopicWatch {
  readonly #ids: TopicIds;
  readonly #stop: AbortSignal;
  /** When which broker last confirmed that a topic is the same. */
  readonly #asked = new Map<string, number>();

  constructor(ids: TopicIds, stop: AbortSignal) {
    this.#ids = ids;
    this.#stop = stop;
  }

  /**
   * Resolves when all topics of the group exist. `onMissing` is called at each look that misses
   * one.
   */
  async there(group: ConsumerGroup, onMissing: (missing: ScorerError) => void): Promise<void> {
    let missed = false as boolean;
    const look = async (): Promise<void> => {
      const { gone } = await changed(group, group.topicsSubscribed, this.#ids);
      if (gone.length === 0) return;
      const what = `the topic ${gone.join(', ')} no longer exists; reading starts again when it is created again`;
      throw new ScorerError({ code: 'INPUT_TOPIC_MISSING', what, where: 'input.topics' });
    };
    const onRetry = (missing: ScorerError): void => {
      missed = true;
      onMissing(missing);
    };
    await untilAvailable(look, { signal: this.#stop, onRetry });
    // A broker that has just learned of a topic answers fetches a little later.
    if (!missed) await sleep(SAME_MS, undefined, { signal: this.#stop });
  }

  async same(
    group: ConsumerGroup,
    nodeId: string | undefined,
    topics: readonly string[],
  ): Promise<boolean> {
    const key = (topic: string): string => `${nodeId ?? ''}/${topic}`;
    const now = performance.now();
    const due = topics.filter(
      (topic) => now - (this.#asked.get(key(topic)) ?? -Infinity) > SAME_MS,
    );
    if (due.length === 0) return true;
    const { gone, remade } = await changed(group, due, this.#ids, nodeId);
    for (const topic of due) this.#asked.set(key(topic), now);
    return gone.length === 0 && remade.length === 0;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

interface Pause {
  until: number;
  waitMs: number;
}

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

interface Topics {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string | number;
    }[];
  }[];
}

/**
 * Partitions that are fetched again only after a while, each time longer, while the other
 * partitions of their broker continue.
 */
export class PartitionPauses {
  readonly #pauses = new Map<string, Pause>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  pause(key: string): void {
    const waitMs = Math.min((this.#pauses.get(key)?.waitMs ?? FIRST_MS / 2) * 2, LONGEST_MS);
    this.#pauses.set(key, { waitMs, until: this.#now() + waitMs });
  }

  /** Returns whether it was paused. */
  goOn(key: string): boolean {
    return this.#pauses.size > 0 && this.#pauses.delete(key);
  }

  /**
   * The request without the partitions that have to wait; undefined, after a short wait, if nothing
   * is left of it.
   */
  async without<T extends Topics>(request: T, atMostMs: number): Promise<T | undefined> {
    if (this.#pauses.size === 0) return request;
    const now = this.#now();
    const waits = (topic: string, partition: number): boolean =>
      (this.#pauses.get(`${topic}/${partition}`)?.until ?? -Infinity) > now;
    const topics = request.topics
      .map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter(({ partition }) => !waits(topic, partition)),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    if (topics.length > 0) return { ...request, topics };
    await sleep(atMostMs);
    return undefined;
  }
}

import type { SchemaRegistry } from '../decode/registry.ts';

type Writer = Parameters<SchemaRegistry['byId']>[0];

/**
 * Watches which writers' schemas the records have. One that is met for the first time may be newer
 * than what was known at the start, so the plan is renewed for it, once for each writer, and one
 * renewal after the other.
 */
export class WriterWatch {
  readonly #met: Set<Writer>;
  readonly #renew: () => Promise<void>;
  #renewal: Promise<void> = Promise.resolve();

  constructor(known: readonly Writer[], renew: () => Promise<void>) {
    this.#met = new Set(known);
    this.#renew = renew;
  }

  /** The registry, through which writers are met. */
  over(registry: Pick<SchemaRegistry, 'byId'>): Pick<SchemaRegistry, 'byId'> {
    return {
      byId: async (...key) => {
        const node = await registry.byId(...key);
        await this.#meet(key[0]);
        return node;
      },
    };
  }

  /** Renews in its turn. Nobody waits for it: the plan that is there is as good as before. */
  later(renew: () => Promise<void>): void {
    this.#renewal = this.#renewal.then(renew).catch(() => undefined);
  }

  /** Looks once for each writer; after an outage again. */
  async #meet(writer: Writer): Promise<void> {
    if (this.#met.has(writer)) {
      await this.#renewal; // another batch may have met it just now
      return;
    }
    this.#met.add(writer);
    const mine = this.#renewal.then(this.#renew);
    this.#renewal = mine.catch(() => undefined);
    try {
      await mine;
    } catch (error) {
      this.#met.delete(writer);
      throw error;
    }
  }
}

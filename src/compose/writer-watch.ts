import type { SchemaRegistry } from '../decode/registry.ts';

type Writer = Parameters<SchemaRegistry['byId']>[0];

/**
 * Watches which writer's schemas the records have. A schema that is seen for the first time may be
 * newer than the known ones, so the plan is renewed, once for each writer, and one renewal after
 * another.
 */
export class WriterWatch {
  readonly #met: Set<Writer>;
  readonly #renew: () => Promise<void>;
  #renewal: Promise<void> = Promise.resolve();

  constructor(known: readonly Writer[], renew: () => Promise<void>) {
    this.#met = new Set(known);
    this.#renew = renew;
  }

  /** The registry. Writers are seen in the calls to it. */
  over(registry: Pick<SchemaRegistry, 'byId'>): Pick<SchemaRegistry, 'byId'> {
    return {
      byId: async (...key) => {
        const node = await registry.byId(...key);
        await this.#meet(key[0]);
        return node;
      },
    };
  }

  /**
   * Renews the plan after the renewals in progress. Nobody waits for it, because the current plan
   * stays valid.
   */
  later(renew: () => Promise<void>): void {
    this.now(renew).catch(() => undefined);
  }

  /** Like `later`, for somebody who waits for it. */
  now(renew: () => Promise<void>): Promise<void> {
    const mine = this.#renewal.then(renew);
    this.#renewal = mine.catch(() => undefined);
    return mine;
  }

  /** Tries once for each writer, and again after an outage. */
  async #meet(writer: Writer): Promise<void> {
    if (this.#met.has(writer)) {
      await this.#renewal; // another batch may have seen it just now
      return;
    }
    this.#met.add(writer);
    try {
      await this.now(this.#renew);
    } catch (error) {
      this.#met.delete(writer);
      throw error;
    }
  }
}

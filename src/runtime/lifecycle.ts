/** Something started: its value, and how to stop it. */
export interface Started<T> {
  readonly value: T;
  readonly stop: () => Promise<void>;
}

/**
 * Starts parts in order and stops them in reverse.
 * If one fails to start, those before it are stopped before the error is thrown on.
 */
export class Lifecycle {
  readonly #stops: (() => Promise<void>)[] = [];

  async start<T>(part: () => Promise<Started<T>>): Promise<T> {
    try {
      const { value, stop } = await part();
      this.#stops.push(stop);
      return value;
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Stops everything, also when one part fails to; the first failure is thrown at the end. */
  async stop(): Promise<void> {
    let failure: unknown;
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure as Error;
  }
}

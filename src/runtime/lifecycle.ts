import { isAbortOf } from './abort.ts';

/** A started part: its value, and how to stop it. */
export interface Started<T> {
  readonly value: T;
  readonly stop: () => Promise<void>;
}

/**
 * Starts parts in order and stops them in reverse. If one fails to start, or the start is called
 * off, the earlier parts are stopped before the error is rethrown.
 *
 * An AsyncDisposableStack also stops in reverse and continues after a failure. But it does not
 * support a start that is called off: not to wait for a part that is starting, and to stop that
 * part when it has started after all. Node.js 22, which may run this, does not have it.
 */
export class Lifecycle {
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #callOff: AbortSignal | undefined;

  /**
   * `callOff`: once it aborts, a start in progress is not awaited, and its reason is thrown.
   * Everything that had started is stopped then.
   */
  constructor(callOff?: AbortSignal) {
    this.#callOff = callOff;
  }

  /** `graceMs`: how long a part that is starting may still take when the start is called off. */
  async start<T>(part: () => Promise<Started<T>>, graceMs = 0): Promise<T> {
    let starting: Promise<Started<T>> | undefined;
    try {
      const { value, stop } = await this.step(() => (starting = part()), graceMs);
      this.#stops.push(stop);
      return value;
    } catch (error) {
      // If it starts after all, it is stopped.
      if (this.#callOff !== undefined && isAbortOf(this.#callOff, error))
        void starting?.then(({ stop }) => stop()).catch(() => undefined);
      throw error;
    }
  }

  /** A step that leaves nothing to stop. */
  async step<T>(work: () => Promise<T>, graceMs = 0): Promise<T> {
    const decided = new AbortController();
    try {
      this.#callOff?.throwIfAborted();
      return await Promise.race([work(), this.#calledOff(graceMs, decided.signal)]);
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw error;
    } finally {
      decided.abort();
    }
  }

  /** Rejects this long after the start was called off. */
  #calledOff(graceMs: number, decided: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      const late = (): void => {
        const timer = setTimeout(() => {
          reject(this.#callOff?.reason as Error);
        }, graceMs);
        decided.addEventListener('abort', () => {
          clearTimeout(timer);
        });
      };
      this.#callOff?.addEventListener('abort', late, { once: true, signal: decided });
    });
  }

  /** Stops everything, even if one part fails to stop. The first error is thrown at the end. */
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

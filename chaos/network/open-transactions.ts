import type { StableOffset } from './stable-offsets.ts';

interface Open {
  readonly stable: number;
  readonly since: number;
}

/** For how long the same transaction has held up the readers of a partition. */
export class OpenTransactions {
  readonly #open = new Map<string, Open>();
  #longestMs = 0;

  get longestMs(): number {
    return this.#longestMs;
  }

  /** Whether none is open. `at`: of `performance.now()`. */
  see(at: number, offsets: readonly StableOffset[]): boolean {
    for (const { place, stable, end } of offsets) {
      const open = this.#open.get(place);
      if (stable >= end) this.#open.delete(place);
      else if (open?.stable === stable)
        this.#longestMs = Math.max(this.#longestMs, at - open.since);
      else this.#open.set(place, { stable, since: at });
    }
    return this.#open.size === 0;
  }
}

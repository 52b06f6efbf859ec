interface Waiting {
  readonly targets: readonly number[];
  readonly done: (at: number | undefined) => void;
}

/**
 * What the group's committed offsets tell, sample by sample: whether anything stands still, and
 * when something was delivered. Times are of `performance.now()`.
 */
export class Watch {
  readonly #best: number[];
  /**
   * Since when input has waited in a partition without anything having been committed; undefined:
   * none waits.
   */
  readonly #since: (number | undefined)[];
  readonly #behindSince: (number | undefined)[];
  readonly #waiting = new Set<Waiting>();
  #ends: readonly number[];
  #longestStallMs = 0;
  #longestBehindMs = 0;

  constructor(partitions: number) {
    this.#best = new Array<number>(partitions).fill(0);
    this.#since = new Array<number | undefined>(partitions).fill(undefined);
    this.#behindSince = [...this.#since];
    this.#ends = this.#best;
  }

  /** The input's ends, as last seen. */
  get ends(): readonly number[] {
    return this.#ends;
  }

  get longestStallMs(): number {
    return this.#longestStallMs;
  }

  /** For how long at most a committed offset was behind where it had been. */
  get longestBehindMs(): number {
    return this.#longestBehindMs;
  }

  see(at: number, committed: readonly number[], ends: readonly number[]): void {
    this.#ends = ends;
    for (let partition = 0; partition < this.#best.length; partition++) {
      const offset = committed[partition] ?? -1;
      const best = this.#best[partition]!;
      const since = this.#since[partition];
      if (since !== undefined) this.#longestStallMs = Math.max(this.#longestStallMs, at - since);
      if (offset > best) this.#best[partition] = offset;
      const waits = Math.max(best, offset) < ends[partition]!;
      if (offset > best || !waits) this.#since[partition] = waits ? at : undefined;
      else this.#since[partition] ??= at;
      const behindSince = (this.#behindSince[partition] =
        offset < best ? (this.#behindSince[partition] ?? at) : undefined);
      if (behindSince !== undefined)
        this.#longestBehindMs = Math.max(this.#longestBehindMs, at - behindSince);
    }
    for (const waiting of this.#waiting)
      if (this.#reached(waiting.targets)) this.#settle(waiting, at);
  }

  /**
   * When everything before these offsets was seen to be committed; undefined after so many ms
   * without.
   */
  reached(targets: readonly number[], withinMs: number): Promise<number | undefined> {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const waiting = { targets, done: resolve };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => {
      this.#settle(waiting, undefined);
    }, withinMs);
    return promise.finally(() => {
      clearTimeout(timer);
    });
  }

  #reached(targets: readonly number[]): boolean {
    return targets.every((target, partition) => this.#best[partition]! >= target);
  }

  #settle(waiting: Waiting, at: number | undefined): void {
    this.#waiting.delete(waiting);
    waiting.done(at);
  }
}

/** What waits to be delivered. */
export interface Backlog {
  /** Since anything was delivered, while records wait, ms. */
  readonly quietMs: number;
  /**
   * The partition whose records have waited longest without one of them being delivered, and how
   * long, ms.
   */
  readonly place: string;
  readonly placeMs: number;
}

export interface ProgressOptions {
  /** `http.staleMs`: so long may nothing be delivered while records wait. */
  readonly staleMs: number;
  /**
   * So long may nothing at all happen, ms: no fetch, no attempt. Longer than the client waits for
   * anything.
   */
  readonly deadMs: number;
  /** Undefined where nothing waits. */
  readonly backlog: () => Backlog | undefined;
  readonly now?: () => number;
}

/**
 * Others may be served first for a while; so many times `staleMs` is too long for any partition.
 */
const ONE_PLACE_TIMES = 3;

/**
 * Whether the service gets on, by what it does and not by what it believes of the cluster. A
 * connection can be dead, or an answer be lost, without an error anywhere: then nothing moves, and
 * only the clock says so.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  #consuming = false;
  #loopedAt = 0;
  #answeredAt = 0;
  #triedAt = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Fetching begins, or begins anew. */
  assigned(): void {
    this.#consuming = true;
    this.#loopedAt = this.#answeredAt = this.#triedAt = this.#now();
  }

  /**
   * The loop that fetches and keeps the membership did something; `answered`: a broker answered a
   * fetch.
   */
  looped(answered: boolean): void {
    this.#loopedAt = this.#now();
    if (answered) this.#answeredAt = this.#loopedAt;
  }

  /** Something was delivered, or tried again. */
  tried(): void {
    this.#triedAt = this.#now();
  }

  /** Why records are not scored now, or undefined. */
  stale(): string | undefined {
    if (!this.#consuming) return undefined;
    const { staleMs } = this.#options;
    const unanswered = this.#now() - this.#answeredAt;
    if (unanswered > staleMs) return `no broker has answered a fetch for ${seconds(unanswered)}`;
    const backlog = this.#options.backlog();
    if (backlog === undefined) return undefined;
    const { quietMs, place, placeMs } = backlog;
    if (quietMs > staleMs) return `records wait, but none was delivered for ${seconds(quietMs)}`;
    if (placeMs > ONE_PLACE_TIMES * staleMs)
      return `records of ${place} wait, but none was delivered for ${seconds(placeMs)}`;
    return undefined;
  }

  /**
   * Why a new process would do better, or undefined: nothing even tries. An outage, in which
   * something does, is none.
   */
  dead(): string | undefined {
    if (!this.#consuming) return undefined;
    const { deadMs, backlog } = this.#options;
    const still = this.#now() - this.#loopedAt;
    if (still > deadMs) return `the consumer has done nothing for ${seconds(still)}`;
    const untried = Math.min(this.#now() - this.#triedAt, backlog()?.placeMs ?? 0);
    return untried > deadMs
      ? `records wait, but no delivery was tried for ${seconds(untried)}`
      : undefined;
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

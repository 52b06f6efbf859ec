/** The records that wait for delivery. */
export interface Backlog {
  /** Time since anything was delivered while records wait, ms. */
  readonly quietMs: number;
  /** The partition whose records have waited longest without a delivery, and how long, ms. */
  readonly place: string;
  readonly placeMs: number;
}

export interface ProgressOptions {
  /** `http.staleMs`: how long records may wait without any delivery. */
  readonly staleMs: number;
  /**
   * How long there may be no activity at all, ms: no fetch, no attempt. It is longer than any wait
   * of the client.
   */
  readonly deadMs: number;
  /** Undefined if nothing waits. */
  readonly backlog: () => Backlog | undefined;
  readonly now?: () => number;
}

/**
 * Other partitions may come first for a while. This many times `staleMs` is too long for any
 * partition.
 */
const ONE_PLACE_TIMES = 3;

/**
 * Whether the service makes progress, judged by its actions and not by its view of the cluster. A
 * connection can be dead, or an answer be lost, without any error. Then nothing moves, and only the
 * clock shows it.
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

  /** Fetching starts, or starts again. */
  assigned(): void {
    this.#consuming = true;
    this.#loopedAt = this.#answeredAt = this.#triedAt = this.#now();
  }

  /**
   * The loop that fetches and keeps the membership did something. `answered`: a broker answered a
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
   * Why a new process would do better, or undefined: nothing is even tried. During an outage the
   * service tries, so it is not dead.
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

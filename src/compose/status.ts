import type { ErrorCode } from '../errors.ts';
import type { Progress } from '../observe/progress.ts';
import type { Health } from '../serve/standard-routes.ts';

/** The state of the service: what the probes answer, and how it may end by itself. */
export class Status implements Health {
  readonly #failed = Promise.withResolvers<never>();
  #failure: Error | undefined;
  #assigned = false;
  #stopping = false;
  #waitingFor: ErrorCode | undefined;
  /** Partitions that wait while others continue, with the reason. */
  readonly #standing = new Map<string, ErrorCode>();
  /** When each batch that the model works on was given to it. */
  readonly #inferring = new Set<{ readonly since: number }>();
  #progress: Progress | undefined;
  readonly #details: (() => readonly string[])[] = [];
  readonly #slowMs: number;
  readonly #now: () => number;

  /** `slowMs`: after this time, a batch in the model is reported. */
  constructor(slowMs = Infinity, now: () => number = () => performance.now()) {
    this.#slowMs = slowMs;
    this.#now = now;
    this.#failed.promise.catch(() => undefined); // it may fail before anyone listens
  }

  /** Never resolves; rejects with the first failure. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Lets the probes also report the progress. */
  watch(progress: Progress): void {
    this.#progress = progress;
  }

  /** More lines of the readiness probe, whether it is ready or not. */
  detailed(detail: () => readonly string[]): void {
    this.#details.push(detail);
  }

  detail(): readonly string[] {
    return this.#details.flatMap((detail) => detail());
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#failed.reject(this.#failure);
  }

  assigned(): void {
    this.#assigned = true;
    this.#standing.clear();
    this.#progress?.assigned();
    // its batch is void; an outage that continues is found again
    this.#waitingFor = undefined;
  }

  /** The group is lost until the next assignment. */
  interrupted(code: ErrorCode): void {
    this.#assigned = false;
    this.#waitingFor = code;
  }

  stopping(): void {
    this.#stopping = true;
  }

  /** The service waits for an outage to end. */
  waitingFor(code: ErrorCode): void {
    this.#progress?.tried();
    this.#waitingFor = code;
  }

  /** A partition waits, whatever the others do; undefined: it continues. */
  standing(partition: string, code: ErrorCode | undefined): void {
    if (code === undefined) this.#standing.delete(partition);
    else this.#standing.set(partition, code);
  }

  /** Something was written and acknowledged, so no outage continues. */
  delivered(): void {
    this.#progress?.tried();
    this.#waitingFor = undefined;
  }

  /** The model gets a batch. Returns a function to call when it has answered. */
  inferring(): () => void {
    const batch = { since: this.#now() };
    this.#inferring.add(batch);
    return () => void this.#inferring.delete(batch);
  }

  live(): string | undefined {
    if (this.#failure !== undefined) return `failed: ${this.#failure.message}`;
    return this.#stopping ? undefined : this.#progress?.dead();
  }

  ready(): string | undefined {
    if (this.#failure !== undefined) return this.live();
    if (this.#stopping) return 'stopping';
    if (this.#waitingFor !== undefined) return `waiting: ${this.#waitingFor}`;
    const [oldest] = this.#inferring; // a set keeps the order
    const ms = oldest === undefined ? 0 : this.#now() - oldest.since;
    if (ms > this.#slowMs)
      return `waiting: the model has worked on a batch for ${Math.round(ms / 1000)} s`;
    for (const [partition, code] of this.#standing) return `waiting: ${code} (${partition})`;
    return this.#assigned ? this.#progress?.stale() : 'waiting for the consumer group';
  }
}

import type { ErrorCode } from '../errors.ts';
import type { Progress } from '../observe/progress.ts';
import type { Health } from '../serve/standard-routes.ts';

/** How the service is: what the probes answer, and the end that it may come to by itself. */
export class Status implements Health {
  readonly #failed = Promise.withResolvers<never>();
  #failure: Error | undefined;
  #assigned = false;
  #stopping = false;
  #waitingFor: ErrorCode | undefined;
  /** Partitions that stand still while others go on, each with why. */
  readonly #standing = new Map<string, ErrorCode>();
  /** When each batch that the model works on was given to it. */
  readonly #inferring = new Set<{ readonly since: number }>();
  #progress: Progress | undefined;
  #detail: () => readonly string[] = () => [];
  readonly #slowMs: number;
  readonly #now: () => number;

  /** `slowMs`: a batch that the model works on for longer is told. */
  constructor(slowMs = Infinity, now: () => number = () => performance.now()) {
    this.#slowMs = slowMs;
    this.#now = now;
    this.#failed.promise.catch(() => undefined); // it may fail before anyone listens
  }

  /** Never resolves; rejects with the first failure. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Has the probes also say whether it gets on. */
  watch(progress: Progress): void {
    this.#progress = progress;
  }

  /** What the probe of readiness says besides, whether it is ready or not. */
  detailed(detail: () => readonly string[]): void {
    this.#detail = detail;
  }

  detail(): readonly string[] {
    return this.#detail();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#failed.reject(this.#failure);
  }

  assigned(): void {
    this.#assigned = true;
    this.#standing.clear();
    this.#progress?.assigned();
    // whatever it was, its batch is void; what is still away is found again
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

  /** An outage is being waited out. */
  waitingFor(code: ErrorCode): void {
    this.#progress?.tried();
    this.#waitingFor = code;
  }

  /** A partition stands still, whatever the others do; undefined: it goes on. */
  standing(partition: string, code: ErrorCode | undefined): void {
    if (code === undefined) this.#standing.delete(partition);
    else this.#standing.set(partition, code);
  }

  /** Something was written and acknowledged, so nothing is away any more. */
  delivered(): void {
    this.#progress?.tried();
    this.#waitingFor = undefined;
  }

  /** The model is given a batch; answers what to call when it has answered. */
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

import type { ErrorCode } from './errors.ts';
import type { Health } from './serve/http-server.ts';

/** How the service is: what the probes answer, and the end that it may come to by itself. */
export class Status implements Health {
  readonly #failed = Promise.withResolvers<never>();
  #failure: Error | undefined;
  #assigned = false;
  #stopping = false;
  #waitingFor: ErrorCode | undefined;

  constructor() {
    this.#failed.promise.catch(() => undefined); // it may fail before anyone listens
  }

  /** Never resolves; rejects with the first failure. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#failed.reject(this.#failure);
  }

  assigned(): void {
    this.#assigned = true;
    this.#waitingFor = undefined; // whatever it was, its batch is void; what is still away is found again
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
    this.#waitingFor = code;
  }

  /** Something was written and acknowledged, so nothing is away any more. */
  delivered(): void {
    this.#waitingFor = undefined;
  }

  live(): string | undefined {
    return this.#failure === undefined ? undefined : `failed: ${this.#failure.message}`;
  }

  ready(): string | undefined {
    if (this.#failure !== undefined) return this.live();
    if (this.#stopping) return 'stopping';
    if (this.#waitingFor !== undefined) return `waiting: ${this.#waitingFor}`;
    return this.#assigned ? undefined : 'waiting for the consumer group';
  }
}

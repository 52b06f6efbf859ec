import type { ChildProcess } from 'node:child_process';
import { ScorerError } from '../errors.ts';
import { Crashed, NotBegun, TimedOut } from './run-failures.ts';
import { deserializeError, forkWorker } from './worker-fork.ts';
import type {
  FromWorker,
  ModelFacts,
  ToWorker,
  WorkerAnswer,
  WorkerRequest,
  WorkerStart,
} from './worker-messages.ts';

/** Longest wait for a worker to finish and release its model; then it is ended as it is. */
const RELEASE_MS = 2000;

/**
 * An answer that came in time may lie unread where this event loop was held up. It is read within
 * this time.
 */
const UNREAD_MS = 50;

/**
 * One process with the model open in it. A process and no thread: a thread that is inside of the
 * runtime cannot be ended, and when the runtime crashes, all threads end with it.
 */
export class ModelWorker {
  /**
   * Resolves when the model is open; rejects when it cannot be, takes too long, or the process
   * ended before.
   */
  readonly ready: Promise<ModelFacts>;
  /** Resolves when the process has ended: with undefined if it was told to, otherwise with why. */
  readonly ended: Promise<Error | undefined>;
  readonly #child: ChildProcess;
  readonly #timeoutMs: number;
  readonly #asked = new Map<number, PromiseWithResolvers<WorkerAnswer>>();
  #timer: NodeJS.Timeout | undefined;
  #late: TimedOut | undefined;
  #next = 0;
  #releasing = false;

  constructor(program: URL, start: WorkerStart) {
    this.#timeoutMs = start.timeoutMs;
    const ready = Promise.withResolvers<ModelFacts>();
    const ended = Promise.withResolvers<Error | undefined>();
    ready.promise.catch(() => undefined); // the pool may have given up before
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.#child = forkWorker(program, (why) => {
      clearTimeout(this.#timer);
      const atWork = this.#asked.size > 0 && !this.#releasing && !fromOutside(why);
      const reason = this.#late ?? (atWork ? new Crashed(why) : workerLost(why));
      ready.reject(reason);
      // Only the first batch was worked on; where that is why it ended, the others are as good as
      // new.
      const others = this.#late === undefined && !atWork ? reason : new NotBegun();
      [...this.#asked.values()].forEach(({ reject }, i) => {
        reject(i === 0 ? reason : others);
      });
      this.#asked.clear();
      ended.resolve(this.#releasing ? undefined : reason);
    });
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready.resolve(message.facts);
      else if (message.kind === 'refused') ready.reject(deserializeError(message.error));
      else if (message.kind === 'trying') this.#limit(new TimedOut(message.rows));
      else if (message.kind === 'tried') clearTimeout(this.#timer);
      else if (message.kind !== 'described') this.#answer(message);
    });
    this.#send({ kind: 'open', start });
  }

  /** Batches that it was given and has not answered. */
  get load(): number {
    return this.#asked.size;
  }

  /**
   * Scores, runs or explains a batch. Rejects with TimedOut when the model does not answer in time, with Crashed when
   * it ends the process, with NotBegun where it did so at the batch before, and with
   * MODEL_WORKER_LOST when the process is ended from outside.
   */
  ask(request: WorkerRequest): Promise<WorkerAnswer> {
    const id = this.#next++;
    const answer = Promise.withResolvers<WorkerAnswer>();
    this.#asked.set(id, answer);
    if (this.#asked.size === 1) this.#watchFirst();
    try {
      this.#send({ ...request, id });
    } catch (error) {
      this.#asked.delete(id);
      answer.reject(error);
    }
    return answer.promise;
  }

  /** Finishes what was asked, releases the model and ends the process. */
  async release(): Promise<void> {
    // sooner than giving back its memory piece by piece
    if (this.load === 0) return this.terminate();
    this.#releasing = true;
    this.#send({ kind: 'release' });
    const late = setTimeout(() => this.#child.kill('SIGKILL'), RELEASE_MS);
    await this.ended;
    clearTimeout(late);
  }

  /** Ends the process at once. */
  async terminate(): Promise<void> {
    this.#releasing = true;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** It works on the first of what it was asked, and has so long for it. */
  #watchFirst(): void {
    clearTimeout(this.#timer);
    if (this.#asked.size > 0) this.#limit(new TimedOut());
  }

  /** Ends the process where nothing is heard of it in time. */
  #limit(late: TimedOut): void {
    clearTimeout(this.#timer);
    const kill = (): void => {
      this.#late = late;
      this.#child.kill('SIGKILL');
    };
    this.#timer = setTimeout(() => (this.#timer = setTimeout(kill, UNREAD_MS)), this.#timeoutMs);
  }

  #send(message: ToWorker): void {
    // Where the process is gone its end says so.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #answer(message: Extract<FromWorker, { readonly id: number }>): void {
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    this.#watchFirst();
    if (message.kind === 'failed') asked?.reject(deserializeError(message.error));
    else asked?.resolve(message);
  }
}

/** A person or the system ended it, for want of memory: that says nothing about the batch. */
function fromOutside(why: string): boolean {
  return /^signal SIG(KILL|TERM|INT|HUP)$/.test(why);
}

function workerLost(why: string): ScorerError {
  return new ScorerError({
    code: 'MODEL_WORKER_LOST',
    what: `a worker process that runs the model ended: ${why}`,
  });
}

/** Whether it ended for a reason that says nothing about the batch. */
export function isLost(error: unknown): error is ScorerError {
  return error instanceof ScorerError && error.code === 'MODEL_WORKER_LOST';
}

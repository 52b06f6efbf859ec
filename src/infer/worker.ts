import type { ChildProcess } from 'node:child_process';
import { ScorerError } from '../errors.ts';
import { openingLimit } from './opening-limit.ts';
import type { SharedPages } from './shared-pages.ts';
import { Crashed, NotBegun, TimedOut } from './run-failures.ts';
import { deserializeError, forkWorker, pagesOf } from './worker-fork.ts';
import type {
  FromWorker,
  ModelFacts,
  PlacedAnswer,
  PlacedRequest,
  ToWorker,
  WorkerAnswer,
  WorkerRequest,
  WorkerStart,
} from './worker-messages.ts';

/** Longest wait for a worker to finish and release its model. After that it is killed. */
const RELEASE_MS = 2000;

/**
 * An answer that arrived in time may be unread because this event loop was busy. It is read within
 * this time.
 */
const UNREAD_MS = 50;

/**
 * One process with the open model. It is not a thread, because a thread inside of the runtime
 * cannot be ended, and a crash of the runtime ends all threads.
 */
export class ModelWorker {
  /**
   * Resolves when the model is open. Rejects if it cannot be opened, takes too long, or the process
   * ends before.
   */
  readonly ready: Promise<ModelFacts>;
  /**
   * Resolves when the process has ended: with undefined if it was told to, otherwise with the
   * reason.
   */
  readonly ended: Promise<Error | undefined>;
  readonly #child: ChildProcess;
  readonly #pages: SharedPages | undefined;
  readonly #timeoutMs: number;
  readonly #asked = new Map<number, Asked>();
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
      // Only the first batch was in progress. If it is the reason of the end, the others are not
      // affected.
      const others = this.#late === undefined && !atWork ? reason : new NotBegun();
      [...this.#asked.values()].forEach(({ answer }, i) => {
        answer.reject(i === 0 ? reason : others);
      });
      this.#asked.clear();
      ended.resolve(this.#releasing ? undefined : reason);
    });
    this.#pages = pagesOf(this.#child);
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready.resolve(message.facts);
      else if (message.kind === 'refused') ready.reject(deserializeError(message.error));
      else if (message.kind === 'trying') this.#limit(new TimedOut(message.rows));
      else if (message.kind === 'tried') clearTimeout(this.#timer);
      else if (message.kind !== 'described') this.#answer(message);
    });
    this.#send({ kind: 'open', start });
  }

  /** Batches without an answer yet. */
  get load(): number {
    return this.#asked.size;
  }

  /**
   * Scores, runs or explains a batch, or prepares explanations. Rejects with TimedOut if the model does not answer in time,
   * with Crashed if it crashes the process, with NotBegun if the batch before did so, and with
   * MODEL_WORKER_LOST if the process is ended from outside.
   */
  ask(request: WorkerRequest): Promise<WorkerAnswer> {
    const id = this.#next++;
    const answer = Promise.withResolvers<WorkerAnswer>();
    const at = request.kind === 'score' ? this.#pages?.put(request.tensors) : undefined;
    this.#asked.set(id, { answer, kind: request.kind, at });
    if (this.#asked.size === 1) this.#watchFirst();
    try {
      this.#send(at === undefined ? { ...request, id } : placed(request, id, at));
    } catch (error) {
      this.#asked.delete(id);
      answer.reject(error);
    }
    return answer.promise;
  }

  /** Finishes the requests, releases the model and ends the process. */
  async release(): Promise<void> {
    // faster than freeing its memory piece by piece
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

  /**
   * It works on the first request, and has this long for it. To prepare explanations, it may read
   * the model once more.
   */
  #watchFirst(): void {
    clearTimeout(this.#timer);
    const [first] = this.#asked.values();
    if (first === undefined) return;
    this.#limit(
      new TimedOut(),
      first.kind === 'prepare' ? openingLimit(this.#timeoutMs) : this.#timeoutMs,
    );
  }

  /** Ends the process if it does not answer in time. */
  #limit(late: TimedOut, afterMs = this.#timeoutMs): void {
    clearTimeout(this.#timer);
    const kill = (): void => {
      this.#late = late;
      this.#child.kill('SIGKILL');
    };
    this.#timer = setTimeout(() => (this.#timer = setTimeout(kill, UNREAD_MS)), afterMs);
  }

  #send(message: ToWorker): void {
    // If the process is gone, its exit handler says so.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #answer(message: Extract<FromWorker, { readonly id: number }>): void {
    const asked = this.#asked.get(message.id);
    if (asked === undefined) return;
    this.#asked.delete(message.id);
    this.#watchFirst();
    try {
      if (message.kind === 'failed') throw deserializeError(message.error);
      asked.answer.resolve(
        message.kind === 'scored placed' ? this.#read(message, asked.at!) : message,
      );
    } catch (error) {
      asked.answer.reject(error);
    }
    if (asked.at !== undefined) this.#pages!.free(asked.at);
  }

  #read({ score, perClass, seconds }: PlacedAnswer, at: number): WorkerAnswer {
    const scores = new Float64Array(score);
    const each = perClass === null ? null : new Float64Array(perClass);
    this.#pages!.read(at, each === null ? [scores] : [scores, each]);
    return { kind: 'scored', score: scores, perClass: each, seconds };
  }
}

interface Asked {
  readonly answer: PromiseWithResolvers<WorkerAnswer>;
  readonly kind: WorkerRequest['kind'];
  /** Where its numbers are in the shared pages, if they are there. */
  readonly at: number | undefined;
}

function placed(
  { tensors, rows }: Extract<WorkerRequest, { readonly tensors: unknown }>,
  id: number,
  at: number,
): PlacedRequest {
  const own = tensors.map(({ values, ...tensor }) => ({ ...tensor, length: values.length }));
  return { kind: 'score placed', id, at, tensors: own, rows };
}

/** A person or the system (out of memory) ended it. This says nothing about the batch. */
function fromOutside(why: string): boolean {
  return /^signal SIG(KILL|TERM|INT|HUP)$/.test(why);
}

function workerLost(why: string): ScorerError {
  return new ScorerError({
    code: 'MODEL_WORKER_LOST',
    what: `a worker process that runs the model ended: ${why}`,
  });
}

/** Whether the reason of its end says nothing about the batch. */
export function isLost(error: unknown): error is ScorerError {
  return error instanceof ScorerError && error.code === 'MODEL_WORKER_LOST';
}

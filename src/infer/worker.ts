import { Worker } from 'node:worker_threads';
import { ScorerError } from '../errors.ts';
import type { InputTensor } from '../flow/tensors.ts';
import {
  movable,
  type FromWorker,
  type ModelFacts,
  type Told,
  type ToWorker,
  type WorkerStart,
} from './worker-messages.ts';

/** What a worker answers for one batch. */
export interface Scored {
  readonly score: Float64Array;
  readonly perClass: Float64Array | null;
  readonly seconds: number;
}

/** Longest wait for a worker to finish and release its model; then it is ended as it is. */
const RELEASE_MS = 5000;

/** A worker allocates next to nothing on its heap; the default would grow to many times that. */
const YOUNG_GENERATION_MB = 8;

/** One thread with the model open in it. */
export class ModelWorker {
  /** Resolves when the model is open; rejects when it cannot be, or the thread ended before. */
  readonly ready: Promise<ModelFacts>;
  /** Resolves when the thread has ended: with undefined if it was told to, otherwise with why. */
  readonly ended: Promise<Error | undefined>;
  readonly #thread: Worker;
  readonly #asked = new Map<number, PromiseWithResolvers<Scored>>();
  #next = 0;
  #releasing = false;

  constructor(program: URL, start: WorkerStart) {
    this.#thread = new Worker(program, {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    const ready = Promise.withResolvers<ModelFacts>();
    const ended = Promise.withResolvers<Error | undefined>();
    ready.promise.catch(() => undefined); // the pool may have given up before
    this.ready = ready.promise;
    this.ended = ended.promise;
    let crash: Error | undefined;
    this.#thread.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready.resolve(message.facts);
      else if (message.kind === 'refused') ready.reject(errorOf(message.error));
      else this.#answer(message);
    });
    this.#thread.on('error', (error) => (crash = error as Error));
    this.#thread.on('exit', (code) => {
      const lost = workerLost(crash?.message ?? `exit code ${code}`);
      ready.reject(lost);
      for (const { reject } of this.#asked.values()) reject(lost);
      this.#asked.clear();
      ended.resolve(this.#releasing ? undefined : lost);
    });
  }

  /** Batches that it was given and has not answered. */
  get load(): number {
    return this.#asked.size;
  }

  /** Scores a batch. The tensors' memory moves to the thread. Rejects with MODEL_WORKER_LOST when the thread ends before. */
  score(tensors: readonly InputTensor[], rows: number): Promise<Scored> {
    const id = this.#next++;
    const answer = Promise.withResolvers<Scored>();
    this.#asked.set(id, answer);
    try {
      this.#send({ kind: 'score', id, tensors, rows }, movable(tensors.map(({ values }) => values)));
    } catch (error) {
      this.#asked.delete(id);
      answer.reject(error);
    }
    return answer.promise;
  }

  /** Finishes what was asked, releases the model and ends the thread. */
  async release(): Promise<void> {
    this.#releasing = true;
    this.#send({ kind: 'release' });
    const late = setTimeout(() => void this.#thread.terminate(), RELEASE_MS);
    await this.ended;
    clearTimeout(late);
  }

  /** Ends the thread at once. */
  async terminate(): Promise<void> {
    this.#releasing = true;
    await this.#thread.terminate();
  }

  #send(message: ToWorker, move: ArrayBuffer[] = []): void {
    this.#thread.postMessage(message, move);
  }

  #answer(message: FromWorker & { kind: 'scored' | 'failed' }): void {
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (message.kind === 'scored') asked?.resolve(message);
    else asked?.reject(errorOf(message.error));
  }
}

function workerLost(why: string): ScorerError {
  return new ScorerError({ code: 'MODEL_WORKER_LOST', what: `a worker thread that runs the model ended: ${why}` });
}

function errorOf({ problems, message, stack }: Told): Error {
  if (problems !== undefined) return new ScorerError(problems);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}

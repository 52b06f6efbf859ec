import { extname } from 'node:path';
import { ScorerError } from '../errors.ts';
import type { Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { Model } from './model.ts';
import type { ModelFacts, WorkerStart } from './worker-messages.ts';
import { ModelWorker, type Scored } from './worker.ts';

export interface PoolOptions extends WorkerStart {
  readonly workers: number;
  /** The program of the threads, for tests. */
  readonly program?: URL;
  readonly now?: () => number;
}

interface Task {
  readonly tensors: readonly InputTensor[];
  readonly rows: number;
  readonly answer: PromiseWithResolvers<Scored>;
}

/** Compiled beside this file in dist/; the tests run both as TypeScript. */
const PROGRAM = new URL(`./worker-thread${extname(import.meta.url)}`, import.meta.url);

/** One batch is scored while the next lies in the thread's mailbox already: no worker waits for the event loop. */
const BATCHES_PER_WORKER = 2;

/** So many deaths within this time are an accident each, and worth a fresh worker; more have a cause. */
const MOST_DEATHS = 5;
const DEATHS_WITHIN_MS = 10 * 60_000;

/**
 * Opens a model in worker threads, once in each, and scores in whichever is free: the event loop stays free for the
 * group's heartbeats however long a batch takes. What is asked is answered in no particular order.
 *
 * A thread that dies takes its batches with it: they are rejected with MODEL_WORKER_LOST, whose fate is `retry`, so their
 * partitions score them again from their records, in a fresh thread. After too many deaths everything is rejected with
 * MODEL_WORKER_FAILED, which ends the program. Throws what `loadOnnxModel` throws.
 */
export async function openModelPool(options: PoolOptions): Promise<Model> {
  const pool = new Pool(options);
  const facts = await pool.open();
  return {
    ...facts,
    async score(tensors, rows): Promise<Scores> {
      const { score, perClass, seconds } = await pool.score(tensors, rows);
      return { model: facts.identity, score, classes: facts.classes, perClass, seconds };
    },
    release: () => pool.release(),
  };
}

class Pool {
  readonly #options: PoolOptions;
  readonly #now: () => number;
  /** Those that have the model open, and those that are about to. */
  readonly #ready = new Set<ModelWorker>();
  readonly #opening = new Set<ModelWorker>();
  #queue: Task[] = [];
  #deaths: number[] = [];
  #failure: Error | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  async open(): Promise<ModelFacts> {
    const starts = Array.from({ length: this.#options.workers }, () => this.#start().ready);
    try {
      const [facts] = await Promise.all(starts);
      return facts!;
    } catch (error) {
      this.#failure = error as Error;
      await Promise.allSettled(starts);
      await this.release();
      throw error;
    }
  }

  score(tensors: readonly InputTensor[], rows: number): Promise<Scored> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<Scored>();
    this.#queue.push({ tensors, rows, answer });
    this.#assign();
    return answer.promise;
  }

  async release(): Promise<void> {
    this.#fail(new Error('the model was released'));
    await Promise.all([
      ...[...this.#ready].map((worker) => worker.release()),
      ...[...this.#opening].map((worker) => worker.terminate()),
    ]);
  }

  #start(): ModelWorker {
    const { bundle, options, program } = this.#options;
    const worker = new ModelWorker(program ?? PROGRAM, { bundle, options });
    this.#opening.add(worker);
    void worker.ready.then(
      () => {
        if (this.#opening.delete(worker)) this.#ready.add(worker);
        this.#assign();
      },
      (error: unknown) => {
        // A fresh worker that cannot open the model: its file was taken away, and waiting would not bring it back.
        if (!isLost(error)) this.#fail(error as Error);
      },
    );
    void worker.ended.then((why) => {
      this.#opening.delete(worker);
      this.#ready.delete(worker);
      if (why !== undefined) this.#replace(why);
    });
    return worker;
  }

  #replace(why: Error): void {
    if (this.#failure !== undefined) return;
    const now = this.#now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < DEATHS_WITHIN_MS), now];
    if (this.#deaths.length <= MOST_DEATHS) {
      this.#start();
      return;
    }
    const what = `${this.#deaths.length} worker threads that run the model ended within ${DEATHS_WITHIN_MS / 60_000} minutes; the last: ${why.message}`;
    this.#fail(new ScorerError({ code: 'MODEL_WORKER_FAILED', what, where: 'inference.workers' }, { cause: why }));
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      const [freest] = [...this.#ready].sort((a, b) => a.load - b.load);
      if (freest === undefined || freest.load >= BATCHES_PER_WORKER) return;
      const { tensors, rows, answer } = this.#queue.shift()!;
      const done = (): void => {
        this.#assign();
      };
      freest.score(tensors, rows).then(answer.resolve, answer.reject).finally(done);
    }
  }

  /** From here on nothing is scored; what waits is told so. The first reason counts. */
  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { answer } of this.#queue) answer.reject(this.#failure);
    this.#queue = [];
  }
}

function isLost(error: unknown): boolean {
  return error instanceof ScorerError && error.code === 'MODEL_WORKER_LOST';
}

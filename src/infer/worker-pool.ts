import { ScorerError, type ErrorCode } from '../errors.ts';
import type { Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { Explain, Model } from './model.ts';
import type { ModelFacts, WorkerAnswer, WorkerRequest, WorkerStart } from './worker-messages.ts';
import { Crashed, NotBegun, TimedOut } from './run-failures.ts';
import { crashed, WORKER_PROGRAM } from './worker-fork.ts';
import { scoreInParts, unscored, type Scored } from './in-parts.ts';
import { requestError } from './request-error.ts';
import { openingLimit } from './opening-limit.ts';
import { isLost, ModelWorker } from './worker.ts';
import { unlessAborted } from '../runtime/abort.ts';

export interface PoolOptions extends WorkerStart {
  readonly workers: number;
  /** Called for a batch that took too long, or that ended a worker. */
  readonly onTimeout?: (code: ErrorCode) => void;
  /** Aborts the opening. */
  readonly signal?: AbortSignal | undefined;
  /** The program of the workers, for tests. */
  readonly program?: URL;
  readonly now?: () => number;
}

interface Task {
  readonly request: WorkerRequest;
  readonly answer: PromiseWithResolvers<WorkerAnswer>;
}

/**
 * One batch is scored while the next already waits in the worker, so no worker waits for the event
 * loop.
 */
const BATCHES_PER_WORKER = 2;

/**
 * Up to this many deaths within this time count as accidents, and a new worker starts. More have a
 * common cause.
 */
const MAX_DEATHS = 5;
const DEATHS_WITHIN_MS = 10 * 60_000;

/**
 * Opens a model in worker processes, once in each, and scores in a free one, so the event loop
 * stays free for the heartbeats of the group, however long a batch takes. Requests are answered in
 * no particular order.
 *
 * A batch that takes longer than `timeoutMs` ends its worker, and is split until the slow rows are
 * alone: they are reported as `timedOut`. The same is done if the model fails, or crashes its
 * process: `failed`. If a worker is ended from outside, its batches are rejected with
 * MODEL_WORKER_LOST. Its fate is `retry`, so their partitions score them again, in a new worker.
 * After too many deaths everything is rejected with MODEL_WORKER_FAILED, which ends the program.
 *
 * Throws like `loadOnnxModel`, MODEL_CRASHED if the model crashes the process that opens it, and
 * MODEL_TIMEOUT if it does not finish.
 *
 * Why no library: the workers of piscina are threads. A thread inside of ONNX Runtime does not end
 * when it is told to, and a crash of the runtime in one thread ends the whole service. tinypool can
 * use child processes, but reports neither the exit code nor the signal of one that ended. So a
 * model that crashes looks like a process that the system ended, and the event that caused it
 * cannot be distinguished from a batch that is worth a retry. Neither reports which of two batches
 * of a worker had begun, nor the steps of opening the model, which has its own time limit.
 */
export async function openModelPool(options: PoolOptions): Promise<Model> {
  const pool = new Pool(options);
  const { explains, peakMemoryBytes: _measured, ...facts } = await pool.open();
  const models = [facts.identity];
  const within = {
    score: (tensors: readonly InputTensor[], rows: number) =>
      pool.ask({ kind: 'score', tensors, rows }) as Promise<Scored>,
    onTimeout: () => options.onTimeout?.('INFERENCE_TIMEOUT'),
    onCrash: () => options.onTimeout?.('INFERENCE_CRASHED'),
  };
  const explain: Explain = async (tensors, rows) => {
    const answer = await whole({ kind: 'explain', tensors, rows });
    return (answer as WorkerAnswer & { kind: 'explained' }).attributions;
  };
  const whole = async (request: WorkerRequest): Promise<WorkerAnswer> => {
    try {
      return await pool.ask(request);
    } catch (error) {
      if (error instanceof TimedOut) within.onTimeout();
      if (error instanceof Crashed) within.onCrash();
      throw requestError(error, request.tensors);
    }
  };
  return {
    ...facts,
    async run(tensors, rows, outputs) {
      const answer = await whole({ kind: 'run', tensors, rows, outputs });
      return (answer as WorkerAnswer & { kind: 'ran' }).outputs;
    },
    ...(explains ? { explain } : {}),
    async score(tensors, rows): Promise<Scores> {
      const scored = await scoreInParts(tensors, rows, within);
      const { score, perClass, seconds } = scored;
      return {
        models,
        modelOf: null,
        score,
        classes: facts.classes,
        perClass,
        seconds,
        ...unscored(scored),
      };
    },
    release: () => pool.release(),
  };
}

/**
 * Opens the model of a bundle in a separate process, ends the process, and returns the facts about
 * the model. Throws like `openModelPool`.
 */
export async function tryModel(options: Omit<PoolOptions, 'workers'>): Promise<ModelFacts> {
  const pool = new Pool({ ...options, workers: 1 });
  const facts = await pool.open();
  await pool.end();
  return facts;
}

const HANGS =
  'the model did not answer some test rows in time, so the program could not test whether the scores depend on the batch; events like these take longer than inference.timeoutMs';

class Pool {
  readonly #options: PoolOptions;
  readonly #now: () => number;
  /** Workers with an open model, and workers that are opening it. */
  readonly #ready = new Set<ModelWorker>();
  readonly #opening = new Set<ModelWorker>();
  #queue: Task[] = [];
  #deaths: number[] = [];
  #failure: Error | undefined;
  /** Whether one of them has opened and tried the model. */
  #opened = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  async open(): Promise<ModelFacts> {
    try {
      // The first worker tries the model. If the model crashes it, only one process is lost.
      const facts = await this.#tried(this.#start()).catch((error: unknown) =>
        this.#untried(error),
      );
      this.#opened = true;
      await Promise.all(
        Array.from({ length: this.#options.workers - 1 }, () => this.#start().ready),
      );
      return facts;
    } catch (error) {
      this.#failure = error as Error;
      await this.end();
      throw error;
    }
  }

  async #tried(worker: ModelWorker): Promise<ModelFacts> {
    const { bundle, timeoutMs, signal } = this.#options;
    const openingMs = openingLimit(timeoutMs);
    const given = Promise.withResolvers<never>();
    const where = bundle.modelFile;
    const late = setTimeout(() => {
      const what = `the model could not be opened and tried within ${openingMs / 1000} s`;
      given.reject(new ScorerError({ code: 'MODEL_TIMEOUT', what, where }));
    }, openingMs);
    const ready = Promise.race([worker.ready, given.promise]);
    try {
      return await (signal === undefined ? ready : unlessAborted(ready, signal));
    } catch (error) {
      if (error instanceof TimedOut && error.rows === 'zeros') {
        const what = `the model did not answer for rows of zeros within ${timeoutMs / 1000} s`;
        throw new ScorerError({ code: 'MODEL_TIMEOUT', what, where }, { cause: error });
      }
      if (!isLost(error)) throw error;
      throw crashed(error.problems[0]!.what.split(': ').at(-1)!, where, error);
    } finally {
      clearTimeout(late);
    }
  }

  /**
   * A model that does not answer made-up rows may never get such events, so this is only a warning.
   */
  async #untried(error: unknown): Promise<ModelFacts> {
    if (!(error instanceof TimedOut)) throw error;
    this.#opened = true;
    const facts = await this.#tried(this.#start());
    return { ...facts, warnings: [...facts.warnings, HANGS] };
  }

  ask(request: WorkerRequest): Promise<WorkerAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<WorkerAnswer>();
    this.#queue.push({ request, answer });
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

  /** Ends all workers at once. */
  async end(): Promise<void> {
    this.#fail(new Error('the model was released'));
    await Promise.all([...this.#ready, ...this.#opening].map((worker) => worker.terminate()));
  }

  #start(): ModelWorker {
    const { bundle, options, timeoutMs, background, program } = this.#options;
    // What was tried once is not tried again.
    const given = this.#opened ? { ...options, probe: false } : options;
    const worker = new ModelWorker(program ?? WORKER_PROGRAM, {
      bundle,
      options: given,
      timeoutMs,
      background,
    });
    this.#opening.add(worker);
    void worker.ready.then(
      () => {
        if (this.#opening.delete(worker)) this.#ready.add(worker);
        this.#assign();
      },
      (error: unknown) => {
        // A new worker cannot open the model: its file was removed, and waiting does not help.
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
    if (!this.#opened) return; // the caller that opens the pool gets the error
    if (why instanceof TimedOut || why instanceof Crashed) {
      // one for each such event; the limit of dead letters is checked elsewhere
      this.#start();
      return;
    }
    const now = this.#now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < DEATHS_WITHIN_MS), now];
    if (this.#deaths.length <= MAX_DEATHS) {
      this.#start();
      return;
    }
    const what = `${this.#deaths.length} worker processes that run the model ended within ${DEATHS_WITHIN_MS / 60_000} minutes; the last one: ${why.message}`;
    this.#fail(
      new ScorerError(
        { code: 'MODEL_WORKER_FAILED', what, where: 'inference.workers' },
        { cause: why },
      ),
    );
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      const [freest] = [...this.#ready].sort((a, b) => a.load - b.load);
      if (freest === undefined || freest.load >= BATCHES_PER_WORKER) return;
      const { request, answer } = this.#queue.shift()!;
      const done = (): void => {
        this.#assign();
      };
      const failed = (error: unknown): void => {
        if (error instanceof NotBegun && this.#failure === undefined)
          this.#queue.unshift({ request, answer });
        else
          answer.reject(
            this.#failure !== undefined && error instanceof NotBegun ? this.#failure : error,
          );
      };
      freest.ask(request).then(answer.resolve, failed).finally(done);
    }
  }

  /** From here on nothing is scored, and waiting requests are rejected. The first reason counts. */
  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { answer } of this.#queue) answer.reject(this.#failure);
    this.#queue = [];
  }
}

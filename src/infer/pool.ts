import { ScorerError, type ErrorCode } from '../errors.ts';
import { unlessAborted } from '../runtime/abort.ts';
import { openingLimit } from './opening-limit.ts';
import { Crashed, NotBegun, TimedOut } from './run-failures.ts';
import { crashed, WORKER_PROGRAM } from './worker-fork.ts';
import type { ModelFacts, WorkerAnswer, WorkerRequest, WorkerStart } from './worker-messages.ts';
import { isLost, ModelWorker } from './worker.ts';

export interface PoolOptions extends WorkerStart {
  readonly workers: number;
  /** Called for a batch that took too long, or that ended a worker. */
  readonly onTimeout?: (code: ErrorCode) => void;
  /**
   * How many parts of a batch may time out or crash before the rest of it counts as timed out. Then
   * the next batch gets one try as a whole, until one is answered. Default: no limit.
   */
  readonly maxLosses?: number | undefined;
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

const HANGS =
  'the model did not answer some test rows in time, so the program could not test whether the scores depend on the batch; events like these take longer than inference.timeoutMs';

/** The worker processes of one model, and the requests that wait for them. See `openModelPool`. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #now: () => number;
  /** Workers with an open model, and workers that are opening it. */
  readonly #ready = new Set<ModelWorker>();
  readonly #opening = new Set<ModelWorker>();
  #queue: Task[] = [];
  #deaths: number[] = [];
  #failure: Error | undefined;
  /** What every worker gets before its first batch. */
  #preparation: WorkerRequest | undefined;
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

  /** Asks every worker, now and whenever a new one starts. */
  async prepare(request: WorkerRequest): Promise<WorkerAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#preparation = request; // a worker that becomes ready meanwhile gets it too
    try {
      const answers = await Promise.all([...this.#ready].map((worker) => worker.ask(request)));
      // If all of them are being replaced, a new one answers.
      return answers[0] ?? (await this.ask(request));
    } catch (error) {
      this.#preparation = undefined;
      throw error;
    }
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
    const prepared = worker.ready.then(async () => {
      if (this.#preparation !== undefined) await worker.ask(this.#preparation);
    });
    void prepared.then(
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

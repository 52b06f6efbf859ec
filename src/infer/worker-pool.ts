import type { Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { Explainer, Model } from './model.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { Crashed, TimedOut } from './run-failures.ts';
import type { ModelFacts, WorkerAnswer, WorkerRequest } from './worker-messages.ts';
import { scoreInParts, unscored, type Scored } from './in-parts.ts';
import { requestError } from './request-error.ts';

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
  const { maxLosses } = options;
  /** No event of the last batch was answered in time. */
  let hangs = false;
  const within = {
    score: (tensors: readonly InputTensor[], rows: number) =>
      pool.ask({ kind: 'score', tensors, rows }) as Promise<Scored>,
    onTimeout: () => options.onTimeout?.('INFERENCE_TIMEOUT'),
    onCrash: () => options.onTimeout?.('INFERENCE_CRASHED'),
  };
  const explainer: Explainer = {
    async prepare(background) {
      const answer = await whole({ kind: 'prepare', ...background }, (request) =>
        pool.prepare(request),
      );
      return (answer as WorkerAnswer & { kind: 'prepared' }).by;
    },
    async explain(tensors, rows) {
      const answer = await whole({ kind: 'explain', tensors, rows });
      return (answer as WorkerAnswer & { kind: 'explained' }).attributions;
    },
  };
  const whole = async (
    request: WorkerRequest,
    ask = (one: WorkerRequest) => pool.ask(one),
  ): Promise<WorkerAnswer> => {
    try {
      return await ask(request);
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
    ...(explains ? { explainer } : {}),
    async score(tensors, rows): Promise<Scores> {
      const losses = maxLosses === undefined ? undefined : { left: hangs ? 1 : maxLosses };
      const scored = await scoreInParts(tensors, rows, { ...within, losses });
      hangs = losses !== undefined && losses.left <= 0 && scored.timedOut.length === rows;
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

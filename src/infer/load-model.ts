import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ScorerError, type ErrorCode } from '../errors.ts';
import type { Bundle } from './bundle.ts';
import { watchLoop } from './loop-watch.ts';
import type { CreateExplainer, Model } from './model.ts';
import type { OnnxOptions } from './onnx-session.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { scoreInParts, unscored, type Scored } from './in-parts.ts';
import { requestError } from './request-error.ts';
import { RunFailed } from './run-failures.ts';
import { withTiming } from './timing.ts';
import { openingLimit } from './opening-limit.ts';
import type { ModelFacts } from './worker-messages.ts';
import { openModelPool, tryModel } from './worker-pool.ts';

export interface LoadOptions extends Omit<OnnxOptions, 'createExplainer' | 'onTrial'> {
  /** Worker processes that run the model; 0: it runs in the event loop. */
  readonly workers: number;
  /**
   * How long the model may take for one batch; undefined: for ever, and nothing of it is tried
   * elsewhere first.
   */
  readonly timeoutMs?: number;
  /** Hears of a batch that took too long, or that ended a worker. */
  readonly onTimeout?: (code: ErrorCode) => void;
  /** Opening is given up when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * A model of any size is opened and tried in a process of its own first, wherever it is to run;
   * by default only a small one is that is to run in the event loop.
   */
  readonly trial?: Trial | undefined;
  /** What explains the model, wherever it runs. */
  readonly explaining?: Explaining | undefined;
}

/** What a model may take when it is opened beside one that scores. */
export interface Trial {
  /**
   * The most memory of a process that has it open. It may take no more than what the system has
   * left either.
   */
  readonly maxMemoryBytes?: number | undefined;
}

export interface Explaining {
  /** In this process. */
  readonly createExplainer: CreateExplainer;
  /** A worker's program that calls `serveModel` with the same: a function cannot be sent there. */
  readonly program: URL;
}

const FOR_EVER = 2 ** 31 - 1;

/**
 * Opening a larger model twice would take seconds at every start; `check`, which opens it
 * elsewhere, has tried it.
 */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * Opens a bundle's model where it is to run. A model that is to run in the event loop is opened and
 * tried in a process of its own first: what it does to that one it does not do to this one. Throws
 * what `openModelPool` throws.
 */
export async function loadModel(bundle: Bundle, given: LoadOptions): Promise<Model> {
  const { workers, timeoutMs, onTimeout, signal, trial, explaining, ...options } = given;
  const pool = {
    bundle,
    options,
    timeoutMs: timeoutMs ?? FOR_EVER,
    signal,
    ...(onTimeout === undefined ? {} : { onTimeout }),
  };
  // Compiling trees is left out of a trial: it takes the longest, and is compared with the runtime
  // where it is done.
  const tried = (): Promise<ModelFacts> =>
    tryModel({ ...pool, options: { ...options, compileTrees: false } });
  const facts = trial && (await tried());
  if (facts !== undefined) checkMemory(bundle, facts, Math.max(1, workers), trial!);
  if (workers > 0)
    return openModelPool({
      ...pool,
      workers,
      ...(explaining === undefined ? {} : { program: explaining.program }),
    });
  const here = { ...options, createExplainer: explaining?.createExplainer };
  // with the runtime, which only such a process needs
  const { loadOnnxModel } = await import('./onnx-session.ts');
  if (timeoutMs === undefined) return inParts(withTiming(await loadOnnxModel(bundle, here)));
  if (trial === undefined && (await bytesOf(bundle)) > LARGE_BYTES)
    return inLoop(timeoutMs, () => loadOnnxModel(bundle, here));
  const { warnings } = facts ?? (await tried());
  return inLoop(timeoutMs, async () => ({
    ...(await loadOnnxModel(bundle, { ...here, probe: false })),
    warnings,
  }));
}

/** Throws MODEL_MEMORY where the processes that are to have it open would take too much. */
function checkMemory(
  { modelFile }: Bundle,
  { peakMemoryBytes }: ModelFacts,
  processes: number,
  { maxMemoryBytes = Infinity }: Trial,
): void {
  const available = process.availableMemory();
  const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  const needs = `a process with the open model needs ${mib(peakMemoryBytes)} of memory`;
  const what =
    peakMemoryBytes > maxMemoryBytes
      ? `${needs}, and model.maxMemoryBytes allows ${mib(maxMemoryBytes)}`
      : peakMemoryBytes * processes > available
        ? `${needs}; ${processes === 1 ? '' : `${processes} processes will have it open, and `}the system has ${mib(available)} left`
        : undefined;
  if (what !== undefined) throw new ScorerError({ code: 'MODEL_MEMORY', what, where: modelFile });
}

async function bytesOf({ folder, modelFile, description }: Bundle): Promise<number> {
  const files = [modelFile, ...Object.keys(description.files).map((name) => join(folder, name))];
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A model that runs in this event loop, watched by a thread. */
async function inLoop(timeoutMs: number, open: () => Promise<Model>): Promise<Model> {
  const watch = watchLoop(timeoutMs);
  try {
    watch.allow(openingLimit(timeoutMs));
    watch.begin();
    const model = withTiming(await open());
    watch.end();
    watch.allow(timeoutMs);
    const watched = <T>(work: () => Promise<T>): Promise<T> => {
      watch.begin();
      return work().finally(watch.end);
    };
    const { explain } = model;
    return {
      ...inParts({
        ...model,
        score: (tensors, rows) => {
          watch.begin();
          return model.score(tensors, rows).finally(watch.end);
        },
        run: (tensors, rows, outputs) => watched(() => model.run(tensors, rows, outputs)),
        ...(explain === undefined
          ? {}
          : { explain: (tensors, rows) => watched(() => explain(tensors, rows)) }),
      }),
      release: async () => {
        watch.stop();
        await model.release();
      },
    };
  } catch (error) {
    watch.stop();
    throw error;
  }
}

/** A model that scores what it can of a batch at which it fails; other requests fail as a whole. */
function inParts(model: Model): Model {
  const score = async (tensors: readonly InputTensor[], rows: number): Promise<Scored> => {
    const { score: scores, perClass, seconds = 0 } = await model.score(tensors, rows);
    return { score: scores, perClass, seconds };
  };
  const { explain } = model;
  return {
    ...model,
    run: (tensors, rows, outputs) =>
      model.run(tensors, rows, outputs).catch((error: unknown) => {
        throw requestError(error, tensors);
      }),
    ...(explain === undefined
      ? {}
      : {
          explain: (tensors, rows) =>
            explain(tensors, rows).catch((error: unknown) => {
              throw requestError(error, tensors);
            }),
        }),
    async score(tensors, rows) {
      try {
        return await model.score(tensors, rows);
      } catch (error) {
        if (!(error instanceof RunFailed)) throw error;
      }
      const scored = await scoreInParts(tensors, rows, { score });
      const { score: scores, perClass, seconds } = scored;
      return {
        models: [model.identity],
        modelOf: null,
        score: scores,
        classes: model.classes,
        perClass,
        seconds,
        ...unscored(scored),
      };
    },
  };
}

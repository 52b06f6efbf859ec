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

export interface LoadOptions extends Omit<OnnxOptions, 'createExplainer' | 'onTrial' | 'breathe'> {
  /** Worker processes that run the model; 0: it runs in the event loop. */
  readonly workers: number;
  /**
   * How long the model may take for one batch. Undefined: no limit, and nothing is tried in another
   * process first.
   */
  readonly timeoutMs?: number;
  /** Called for a batch that took too long, or that ended a worker. */
  readonly onTimeout?: (code: ErrorCode) => void;
  /** See `PoolOptions`. */
  readonly maxLosses?: number | undefined;
  /** Aborts the opening. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Opens and tries a model of any size in a separate process first, wherever it will run. By
   * default only a small model for the event loop is tried there.
   */
  readonly trial?: Trial | undefined;
  /**
   * Whether the rest of the machine goes before its worker processes. Default: false. A trial is
   * always like that.
   */
  readonly background?: boolean | undefined;
  /** Explains the model, wherever it runs. */
  readonly explaining?: Explaining | undefined;
}

/** The limits of a model that is opened next to the deciding one. */
export interface Trial {
  /**
   * The most memory of a process with the open model. The free memory of the system is a limit too.
   */
  readonly maxMemoryBytes?: number | undefined;
}

export interface Explaining {
  /** For this process. */
  readonly createExplainer: CreateExplainer;
  /**
   * For a worker: a program that calls `serveModel` with the same function, because a function
   * cannot be sent to it.
   */
  readonly program: URL;
}

const FOR_EVER = 2 ** 31 - 1;

/**
 * Opening a larger model twice would take seconds at every start. `check`, which opens it in
 * another process, has tried it.
 */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * Opens the model of a bundle where it will run. A model for the event loop is first opened and
 * tried in a separate process: if it crashes that process, this one is safe. Throws like
 * `openModelPool`.
 */
export async function loadModel(bundle: Bundle, given: LoadOptions): Promise<Model> {
  const { workers, timeoutMs, onTimeout, maxLosses, signal, trial, background, ...more } = given;
  const { explaining, ...options } = more;
  const pool = {
    bundle,
    options,
    timeoutMs: timeoutMs ?? FOR_EVER,
    signal,
    background,
    maxLosses,
    ...(onTimeout === undefined ? {} : { onTimeout }),
  };
  // A trial does not compile the trees. That takes longest, and the compiled trees are compared
  // with the runtime anyway.
  const tried = (): Promise<ModelFacts> =>
    tryModel({
      ...pool,
      background: trial !== undefined,
      options: { ...options, compileTrees: false },
    });
  const facts = trial && (await tried());
  if (facts !== undefined) checkMemory(bundle, facts, Math.max(1, workers), trial!);
  if (workers > 0)
    return openModelPool({
      ...pool,
      workers,
      ...(explaining === undefined ? {} : { program: explaining.program }),
    });
  const here = {
    ...options,
    createExplainer: explaining?.createExplainer,
    breathe: trial && breathe, // the earlier version scores meanwhile
  };
  // loaded here with the runtime, which only such a process needs
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

/** Lets the event loop do its other work. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Throws MODEL_MEMORY if the processes with the open model would need too much memory. */
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
    const { explainer } = model;
    return {
      ...inParts({
        ...model,
        score: (tensors, rows) => {
          watch.begin();
          return model.score(tensors, rows).finally(watch.end);
        },
        run: (tensors, rows, outputs) => watched(() => model.run(tensors, rows, outputs)),
        ...(explainer === undefined
          ? {}
          : {
              explainer: {
                prepare: async (background) => {
                  watch.allow(openingLimit(timeoutMs)); // it may read the model once more
                  return watched(() => explainer.prepare(background)).finally(() => {
                    watch.allow(timeoutMs);
                  });
                },
                explain: (tensors, rows) => watched(() => explainer.explain(tensors, rows)),
              },
            }),
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

/** A model that scores the rest of a batch for which it fails. Other requests fail as a whole. */
function inParts(model: Model): Model {
  const score = async (tensors: readonly InputTensor[], rows: number): Promise<Scored> => {
    const { score: scores, perClass, seconds = 0 } = await model.score(tensors, rows);
    return { score: scores, perClass, seconds };
  };
  const { explainer } = model;
  return {
    ...model,
    run: (tensors, rows, outputs) =>
      model.run(tensors, rows, outputs).catch((error: unknown) => {
        throw requestError(error, tensors);
      }),
    ...(explainer === undefined
      ? {}
      : {
          explainer: {
            prepare: (background) =>
              explainer.prepare(background).catch((error: unknown) => {
                throw requestError(error, background.tensors);
              }),
            explain: (tensors, rows) =>
              explainer.explain(tensors, rows).catch((error: unknown) => {
                throw requestError(error, tensors);
              }),
          },
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

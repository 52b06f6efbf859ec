import { constants, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ScorerError } from '../errors.ts';
import type { CreateExplainer, Model } from './model.ts';
import { RunFailed } from './run-failures.ts';
import { ModelRefused } from './model-refused.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { Scored } from './in-parts.ts';
import { PlacedTensors } from './placed-tensors.ts';
import { bytesFor, PAGES_FD, SLOT_BYTES, writeNumbers } from './shared-pages.ts';
import type {
  FromWorker,
  PlacedAnswer,
  PlacedRequest,
  SerializedError,
  ToWorker,
  WorkerAnswer,
  WorkerRequest,
  WorkerStart,
} from './worker-messages.ts';

/**
 * The work of a worker process: opens the model once, and answers requests until it is told to
 * release it. The program of the process calls this once.
 */
export function serveModel(createExplainer?: CreateExplainer): void {
  // A signal to the whole service is for the scorer, which ends its workers when it has finished.
  // This comes before anything else is loaded.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => undefined);

  // If the scorer is gone, its workers end too: idle ones get an event. Those inside of the runtime
  // are ended by their guard, or by a thread where there is none.
  process.on('disconnect', () => process.exit());
  const [parent] = process.argv.slice(2);
  if (parent !== undefined) watchParent(Number(parent));

  // The runtime is always needed and takes a while to load. If that fails, the first user reports
  // it.
  import('./onnx-session.ts').catch(() => undefined);

  /**
   * The last message; resolves when it is written. Messages that are not written when the channel
   * closes are lost.
   */
  let written: Promise<unknown> = Promise.resolve();
  const send = (message: FromWorker): void => {
    if (!process.connected) return;
    written = new Promise((resolve) => process.send!(message, undefined, undefined, resolve));
  };
  async function end(): Promise<void> {
    await written;
    process.disconnect();
  }

  let model: Model | undefined;
  const placed = new PlacedTensors(PAGES_FD);
  let last: Promise<void> = Promise.resolve();
  process.on('message', (message: ToWorker) => {
    // One after the other, so that the model is released after its last batch.
    last = last.then(() => act(message));
  });

  async function act(message: ToWorker): Promise<void> {
    if (message.kind === 'open') return open(message.start);
    if (message.kind === 'describe') return describe(message.file);
    if (message.kind === 'score placed') return answerPlaced(message);
    if (message.kind !== 'release') return answer(message);
    await model?.release();
    await end();
  }

  async function open({ bundle, options, background }: WorkerStart): Promise<void> {
    try {
      // before the runtime starts its threads, which inherit it
      if (background) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      const { loadOnnxModel } = await import('./onnx-session.ts');
      const onTrial = (rows: 'zeros' | 'others' | undefined): void => {
        send(rows === undefined ? { kind: 'tried' } : { kind: 'trying', rows });
      };
      model = await loadOnnxModel(bundle, { ...options, onTrial, createExplainer });
      const { identity, inputs, outputs, scoreFrom, classes, notes, warnings } = model;
      const { quantisedByBatch, finiteAtWarmup } = model;
      send({
        kind: 'ready',
        facts: {
          identity,
          inputs,
          outputs,
          scoreFrom,
          classes,
          quantisedByBatch,
          finiteAtWarmup,
          notes,
          warnings,
          explains: model.explainer !== undefined,
          peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
        },
      });
    } catch (error) {
      send({ kind: 'refused', error: serializeError(error) });
      await end();
    }
  }

  async function describe(file: string): Promise<void> {
    try {
      const { readSignature } = await import('./onnx-signature.ts');
      send({ kind: 'described', signature: await readSignature(file) });
    } catch (error) {
      send({ kind: 'refused', error: serializeError(error) });
    }
  }

  async function answer(message: WorkerRequest & { readonly id: number }): Promise<void> {
    const { id } = message;
    try {
      send({ id, ...(await answerOf(message)) });
    } catch (error) {
      send({ kind: 'failed', id, error: serializeError(error) });
    }
  }

  async function answerPlaced({ id, at, tensors, rows }: PlacedRequest): Promise<void> {
    try {
      const answer = await scored(placed.read(at, tensors), rows);
      send(
        wasPlaced(answer, at) ? { id, ...lengthsOf(answer) } : { kind: 'scored', id, ...answer },
      );
    } catch (error) {
      send({ kind: 'failed', id, error: serializeError(error) });
    }
  }

  async function scored(tensors: readonly InputTensor[], rows: number): Promise<Scored> {
    const started = performance.now();
    const { score, perClass } = await model!.score(tensors, rows);
    return { score, perClass, seconds: (performance.now() - started) / 1000 };
  }

  async function answerOf(request: WorkerRequest): Promise<WorkerAnswer> {
    const { tensors, rows } = request;
    if (request.kind === 'prepare')
      return { kind: 'prepared', by: await model!.explainer!.prepare(request) };
    if (request.kind === 'run')
      return { kind: 'ran', outputs: await model!.run(tensors, rows, request.outputs) };
    if (request.kind === 'explain')
      return { kind: 'explained', attributions: await model!.explainer!.explain(tensors, rows) };
    return { kind: 'scored', ...(await scored(tensors, rows)) };
  }
}

/** Writes scores where the tensors were, if there is room. */
function wasPlaced({ score, perClass }: Scored, at: number): boolean {
  const numbers = perClass === null ? [score] : [score, perClass];
  if (bytesFor(numbers) > SLOT_BYTES) return false;
  try {
    writeNumbers(PAGES_FD, at, numbers);
    return true;
  } catch {
    return false; // the memory for such files is full
  }
}

function lengthsOf({ score, perClass, seconds }: Scored): Omit<PlacedAnswer, 'id'> {
  const each = perClass === null ? null : perClass.length;
  return { kind: 'scored placed', score: score.length, perClass: each, seconds };
}

function watchParent(pid: number): void {
  const watch = `setInterval(() => { if (process.ppid !== ${pid}) process.kill(process.pid, 'SIGKILL'); }, 500);`;
  new Worker(watch, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  }).unref();
}

function serializeError(error: unknown): SerializedError {
  return {
    problems: error instanceof ScorerError ? error.problems : undefined,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
    ...(error instanceof ModelRefused ? { known: error.known } : {}),
    ...(error instanceof RunFailed ? { ofRun: true } : {}),
  };
}

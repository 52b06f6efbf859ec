import { parentPort, workerData } from 'node:worker_threads';
import { ScorerError } from '../errors.ts';
import { timed } from './timed.ts';
import type { Model } from './model.ts';
import { loadOnnxModel } from './onnx-session.ts';
import { movable, type FromWorker, type Told, type ToWorker, type WorkerStart } from './worker-messages.ts';

/** The program of a worker thread: opens the model once, and scores what it is sent until it is told to release it. */

const { bundle, options } = workerData as WorkerStart;
const port = parentPort!;
const tell = (message: FromWorker, move: ArrayBuffer[] = []): void => {
  port.postMessage(message, move);
};

try {
  serve(timed(await loadOnnxModel(bundle, options)));
} catch (error) {
  tell({ kind: 'refused', error: told(error) });
  port.close();
}

function serve(model: Model): void {
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'score') void score(model, message);
    else void model.release().finally(() => { port.close(); }); // prettier-ignore
  });
  const { identity, inputs, scoreFrom, classes, notes, warnings } = model;
  tell({ kind: 'ready', facts: { identity, inputs, scoreFrom, classes, notes, warnings } });
}

async function score(model: Model, { id, tensors, rows }: ToWorker & { kind: 'score' }): Promise<void> {
  try {
    const { score: scores, perClass, seconds } = await model.score(tensors, rows);
    tell({ kind: 'scored', id, score: scores, perClass, seconds: seconds ?? 0 }, movable([scores, perClass]));
  } catch (error) {
    tell({ kind: 'failed', id, error: told(error) });
  }
}

function told(error: unknown): Told {
  return {
    problems: error instanceof ScorerError ? error.problems : undefined,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
  };
}

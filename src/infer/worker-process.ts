import { Worker } from 'node:worker_threads';
import { ScorerError } from '../errors.ts';
import type { Model } from './model.ts';
import { RunFailed } from './run-failures.ts';
import { ModelRefused } from './model-refused.ts';
import type { FromWorker, SerializedError, ToWorker, WorkerStart } from './worker-messages.ts';

/**
 * The program of a worker process: opens the model once, and scores what it is sent until it is
 * told to release it.
 */

// `kill` of a whole service means the scorer, which ends its workers when it has finished. Before
// anything else is loaded.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// A scorer that is gone ends its workers as well: idle ones hear of it, and those inside of the
// runtime are ended by a thread.
process.on('disconnect', () => process.exit());
const watch = `setInterval(() => { if (process.ppid !== ${Number(process.argv[2])}) process.kill(process.pid, 'SIGKILL'); }, 500);`;
new Worker(watch, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
}).unref();

// It is asked for in any case, and takes a while. Where it cannot be loaded, who needs it says so.
import('./onnx-session.ts').catch(() => undefined);

/**
 * The last that was told; resolves when it is written. What is not written when the channel is
 * closed is lost.
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
let last: Promise<void> = Promise.resolve();
process.on('message', (message: ToWorker) => {
  // One after the other, so that the model is released behind its last batch.
  last = last.then(() => act(message));
});

async function act(message: ToWorker): Promise<void> {
  if (message.kind === 'open') return open(message.start);
  if (message.kind === 'describe') return describe(message.file);
  if (message.kind === 'score') return score(message);
  await model?.release();
  await end();
}

async function open({ bundle, options }: WorkerStart): Promise<void> {
  try {
    const { loadOnnxModel } = await import('./onnx-session.ts');
    const onTrial = (rows: 'zeros' | 'others' | undefined): void => {
      send(rows === undefined ? { kind: 'tried' } : { kind: 'trying', rows });
    };
    model = await loadOnnxModel(bundle, { ...options, onTrial });
    const { identity, inputs, scoreFrom, classes, quantisedByBatch, notes, warnings } = model;
    send({
      kind: 'ready',
      facts: { identity, inputs, scoreFrom, classes, quantisedByBatch, notes, warnings },
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

async function score({ id, tensors, rows }: ToWorker & { kind: 'score' }): Promise<void> {
  const started = performance.now();
  try {
    const { score: scores, perClass } = await model!.score(tensors, rows);
    send({
      kind: 'scored',
      id,
      score: scores,
      perClass,
      seconds: (performance.now() - started) / 1000,
    });
  } catch (error) {
    send({ kind: 'failed', id, error: serializeError(error) });
  }
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

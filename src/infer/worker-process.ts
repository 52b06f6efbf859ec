import { Worker } from 'node:worker_threads';
import { ScorerError } from '../errors.ts';
import type { Model } from './model.ts';
import { loadOnnxModel } from './onnx-session.ts';
import { timed } from './timed.ts';
import type { FromWorker, Told, ToWorker, WorkerStart } from './worker-messages.ts';

/** The program of a worker process: opens the model once, and scores what it is sent until it is told to release it. */

const tell = (message: FromWorker): void => {
  if (process.connected) process.send!(message, undefined, undefined, () => undefined);
};

// Ctrl-C and `kill` of a process group mean the scorer, which ends its workers when it has finished.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

// A scorer that is gone ends its workers as well: idle ones hear of it, and those inside of the runtime are ended by a thread.
process.on('disconnect', () => process.exit());
const watch = `const { ppid } = process; setInterval(() => { if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL'); }, 500);`;
new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 } }).unref();

let model: Model | undefined;
process.on('message', (message: ToWorker) => {
  if (message.kind === 'open') void open(message.start);
  else if (message.kind === 'score') void score(message);
  else void model!.release().finally(() => process.exit());
});

async function open({ bundle, options }: WorkerStart): Promise<void> {
  try {
    model = timed(await loadOnnxModel(bundle, options));
    const { identity, inputs, scoreFrom, classes, notes, warnings } = model;
    tell({ kind: 'ready', facts: { identity, inputs, scoreFrom, classes, notes, warnings } });
  } catch (error) {
    tell({ kind: 'refused', error: told(error) });
    process.disconnect();
  }
}

async function score({ id, tensors, rows }: ToWorker & { kind: 'score' }): Promise<void> {
  try {
    const { score: scores, perClass, seconds } = await model!.score(tensors, rows);
    tell({ kind: 'scored', id, score: scores, perClass, seconds: seconds ?? 0 });
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

// A worker thread's program for the tests: answers with its own thread's id for every row, and dies of some numbers.
import { parentPort, threadId } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../../src/infer/worker-messages.ts';

/** First number of a batch: the thread throws, or ends. */
export const THROWS = 666;
export const ENDS = 667;

const tell = (message: FromWorker): void => {
  parentPort?.postMessage(message);
};

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'release') {
    parentPort?.close();
    return;
  }
  const { id, tensors, rows } = message;
  const first = tensors[0]!.values[0];
  if (first === THROWS) throw new Error('a bug');
  if (first === ENDS) process.exit(7);
  tell({ kind: 'scored', id, score: new Float64Array(rows).fill(threadId), perClass: null, seconds: 0.5 });
});
const identity = { name: 'm', version: '1', sha256: 'ab' };
tell({ kind: 'ready', facts: { identity, inputs: [], scoreFrom: '', classes: null, notes: [], warnings: [] } });

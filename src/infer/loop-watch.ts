import { Worker } from 'node:worker_threads';

/** How often it is looked, within the time that the loop may stand still. */
const LOOKS = 20;

/**
 * Ends the process, with a line that says why, when the event loop stands still for so long. A model that runs in it can not be
 * ended otherwise, and neither a signal nor a probe is heard meanwhile. Looks are counted and not the clock, so that a
 * machine that slept is no reason. Answers how to stop watching.
 */
export function watchLoop(timeoutMs: number): () => void {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const every = Math.max(10, Math.floor(timeoutMs / LOOKS));
  const turn = setInterval(() => Atomics.add(turns, 0, 1), Math.max(5, Math.floor(every / 2)));
  turn.unref();
  const text = `INFERENCE_TIMEOUT  the model held the event loop up for ${timeoutMs / 1000} s, so the process ends\n  where   inference.timeoutMs\n  remedy  Set inference.workers: 1 or more: then only the event that takes so long is a dead letter.\n`;
  const thread = new Worker(PROGRAM, {
    eval: true,
    workerData: { turns, every, text, looks: LOOKS },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  thread.unref();
  return () => {
    clearInterval(turn);
    void thread.terminate();
  };
}

const PROGRAM = `
const { turns, every, text, looks } = require('node:worker_threads').workerData;
let last = -1;
let still = 0;
setInterval(() => {
  const now = Atomics.load(turns, 0);
  still = now === last ? still + 1 : 0;
  last = now;
  if (still <= looks) return;
  require('node:fs').writeSync(2, text);
  process.kill(process.pid, 'SIGKILL');
}, every);
`;

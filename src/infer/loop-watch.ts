import { Worker } from 'node:worker_threads';

export interface LoopWatch {
  /** The model starts to work in the event loop, and has ended. */
  readonly begin: () => void;
  readonly end: () => void;
  /** How long it may block the event loop. */
  readonly allow: (ms: number) => void;
  readonly stop: () => void;
}

/** The longest time between two checks, and how many there are within a short limit. */
const LOOK_MS = 500;
const LOOKS = 20;

/** After a signal to stop, a loop that is blocked for this long has missed it. */
const STOP_MS = 10_000;

/** Positions in the memory that is shared with the thread. */
const TURNS = 0;
const BUSY = 1;
const ALLOWED = 2;

/**
 * Ends the process, with a line that says why, when the model blocks the event loop for longer than
 * allowed. Code in the event loop cannot be ended in any other way, and meanwhile neither signals
 * nor probes are handled. On Linux, a process that gets a signal while its loop is blocked is ended
 * as well. Checks are counted instead of the time, so a machine that was suspended does not count.
 */
export function watchLoop(timeoutMs: number, stopMs = STOP_MS): LoopWatch {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  const every = Math.max(10, Math.min(LOOK_MS, Math.floor(timeoutMs / LOOKS)));
  const allow = (ms: number): void => void Atomics.store(shared, ALLOWED, Math.ceil(ms / every));
  allow(timeoutMs);
  const turn = setInterval(() => Atomics.add(shared, TURNS, 1), Math.max(5, Math.floor(every / 2)));
  turn.unref();
  const workerData = {
    shared,
    every,
    allowedAfterSignal: Math.ceil(stopMs / every),
    pid: process.pid,
    texts: TEXTS,
  };
  const thread = new Worker(PROGRAM, {
    eval: true,
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  thread.unref();
  return {
    begin: () => void Atomics.add(shared, BUSY, 1),
    end: () => void Atomics.sub(shared, BUSY, 1),
    allow,
    stop: () => {
      clearInterval(turn);
      void thread.terminate();
    },
  };
}

const REMEDY =
  'Set inference.workers to 1 or more: then only the event that takes too long becomes a dead letter.';
const TEXTS = {
  late: `INFERENCE_TIMEOUT  the model blocked the event loop for SECONDS s, so the process ends\n  where   inference.timeoutMs\n  remedy  ${REMEDY}\n`,
  told: `INFERENCE_TIMEOUT  the process was told to stop, but the model has blocked the event loop for SECONDS s since then: the process ends now; nothing is lost\n  where   inference.workers\n  remedy  ${REMEDY}\n`,
};

/**
 * A caught signal makes the main thread write to itself, and a main thread that computes writes
 * nothing else.
 */
const PROGRAM = `
const { readFileSync, writeSync } = require('node:fs');
const { shared, every, allowedAfterSignal, pid, texts } = require('node:worker_threads').workerData;
const writes = () => {
  try {
    return /syscw: (\\d+)/.exec(readFileSync('/proc/self/task/' + pid + '/io', 'latin1'))[1];
  } catch {
    return '';
  }
};
const end = (text, looks) => {
  writeSync(2, text.replace('SECONDS', String((looks * every) / 1000)));
  process.kill(pid, 'SIGKILL');
};
let last = -1;
let still = 0;
let before = '';
let signalled = 0;
setInterval(() => {
  const turns = Atomics.load(shared, ${TURNS});
  still = turns === last && Atomics.load(shared, ${BUSY}) > 0 ? still + 1 : 0;
  last = turns;
  if (still === 0) return;
  if (still === 1) {
    before = writes();
    signalled = 0;
  } else if (signalled === 0 && writes() !== before) signalled = still;
  if (still > Atomics.load(shared, ${ALLOWED})) end(texts.late, still);
  else if (signalled > 0 && still - signalled >= allowedAfterSignal) end(texts.told, still - signalled);
}, every);
`;

// A worker's program for the tests: answers with its own process id for every row, and dies of some
// numbers. It says that it took half a second, and a quarter if the numbers came through the pages.
import { PlacedTensors } from '../../src/infer/placed-tensors.ts';
import { PAGES_FD } from '../../src/infer/shared-pages.ts';
import type { FromWorker, ToWorker } from '../../src/infer/worker-messages.ts';

/** In a batch: the process throws, ends, crashes, or is killed. */
export const THROWS = 666;
export const ENDS = 667;
export const CRASHES = 669;
export const KILLED = 670;
/** A row of it never has an answer, and not even a signal ends it. */
export const HANGS = 668;

const placed = new PlacedTensors(PAGES_FD);

const tell = (message: FromWorker): void => {
  process.send?.(message);
};

function hang(rows: 'zeros' | 'others'): never {
  tell({ kind: 'trying', rows });
  for (;;);
}

process.on('disconnect', () => process.exit());
process.on('message', (message: ToWorker) => {
  if (message.kind === 'release') process.exit();
  if (message.kind === 'open') {
    const { name, probe = true } = message.start.options;
    if (name === 'hangs at zeros') hang('zeros');
    if (name === 'hangs at others' && probe) hang('others');
    const identity = { name: 'm', version: '1', sha256: 'ab' };
    tell({
      kind: 'ready',
      facts: {
        identity,
        inputs: [],
        outputs: [],
        scoreFrom: '',
        classes: null,
        quantisedByBatch: false,
        finiteAtWarmup: true,
        peakMemoryBytes: 1,
        notes: [],
        warnings: [],
        explains: true,
      },
    });
    return;
  }
  if (message.kind === 'describe') return;
  const { id, rows } = message;
  const tensors =
    message.kind === 'score placed' ? placed.read(message.at, message.tensors) : message.tensors;
  const values = tensors[0]!.values as Float32Array;
  if (values.includes(THROWS)) throw new Error('a bug');
  if (values.includes(ENDS)) process.exit(7);
  if (values.includes(CRASHES)) process.kill(process.pid, 'SIGSEGV');
  if (values.includes(KILLED)) process.kill(process.pid, 'SIGKILL');
  while (values.includes(CRASHES) || values.includes(KILLED));
  while (values.includes(HANGS));
  if (message.kind === 'run') {
    tell({ kind: 'ran', id, outputs: [] });
    return;
  }
  if (message.kind === 'explain') {
    const attributions = { columns: 3, base: 0, values: new Float64Array(rows * 3) };
    tell({ kind: 'explained', id, attributions });
    return;
  }
  tell({
    kind: 'scored',
    id,
    score: new Float64Array(rows).fill(process.pid),
    perClass: null,
    seconds: message.kind === 'score placed' ? 0.25 : 0.5,
  });
});

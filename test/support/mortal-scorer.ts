// A scorer's program for the tests: starts three workers, and tells their process ids when all hang
// in an endless loop. The first one has no guard any more.
import { once } from 'node:events';
import { forkWorker } from '../../src/infer/worker-fork.ts';
import { unguard } from '../../src/infer/worker-guard.ts';

const program = new URL('mortal-worker.ts', import.meta.url);
const workers = [1, 2, 3].map(() => forkWorker(program, () => undefined));
unguard(workers[0]!.pid!);
for (const worker of workers) {
  worker.send({ kind: 'open', start: { options: { name: 'hangs at zeros' } } });
  await once(worker, 'message');
}
console.log(workers.map(({ pid }) => pid).join(' '));

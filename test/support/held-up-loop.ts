// A program for the tests: its event loop stands still, in a model or elsewhere, and it is watched.
import { watchLoop } from '../../src/infer/loop-watch.ts';

const [timeoutMs, stopMs, where, forMs] = process.argv.slice(2) as [string, string, string, string];
process.on('SIGTERM', () => undefined);
const watch = watchLoop(Number(timeoutMs), Number(stopMs));
setTimeout(() => {
  if (where === 'model') watch.begin();
  const until = performance.now() + Number(forMs);
  process.stdout.write('held up\n');
  while (performance.now() < until);
  watch.stop();
}, 100);

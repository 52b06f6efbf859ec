import { parseArgs } from 'node:util';
import { fuzzTrees } from './trees.ts';

/** `npm run fuzz -- trees [--count N] [--seed S]`: random inputs against the judge of each kind. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string', default: '2000' }, seed: { type: 'string' } },
});
const [count, seed] = [
  Number(values.count),
  Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
];
if (positionals.join() !== 'trees' || !Number.isSafeInteger(count) || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run fuzz -- trees [--count N] [--seed S]');
  process.exit(2);
}

const { compiled, left, wrong } = await fuzzTrees(count, seed, (done) => {
  if (done % 1000 === 0) console.error(`${done} of ${count}`);
});
console.log(
  `seed ${seed}: ${count} ensembles, ${compiled} compiled, ${wrong.length} of them wrong`,
);
for (const [why, times] of [...left].sort(([, a], [, b]) => b - a))
  console.log(`  ${times} left to ONNX Runtime: ${why}`);
for (const line of wrong) console.log(`  WRONG ${line}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

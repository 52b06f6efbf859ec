import { parseArgs } from 'node:util';
import { fuzzTrees } from './trees.ts';

/** `npm run fuzz -- trees`: random inputs against the judge of each kind. */
const USAGE = `npm run fuzz -- trees [options]    random tree ensembles against ONNX Runtime
  --count N        ensembles (2000)
  --seed S         the same seed makes the same ensembles (random)`;

const { what, count, seed } = readOptions();
if (what !== 'trees' || !Number.isSafeInteger(count) || !Number.isSafeInteger(seed)) {
  console.error(USAGE);
  process.exit(what === 'help' ? 0 : 2);
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

function readOptions(): { what: string; count: number; seed: number } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        count: { type: 'string', default: '2000' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      what: values.help ? 'help' : positionals.join(),
      count: Number(values.count),
      seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n`);
    return { what: '', count: 0, seed: 0 };
  }
}

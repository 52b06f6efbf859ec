/**
 * A program of its own: what is compiled before anybody counts has no counters. Prints the steps of
 * every input, once and twice as large.
 */
import { INPUTS } from './linear-inputs.ts';
import { startCounting, stepsOf } from './steps.ts';

const SIZE = 500;

await startCounting();
const counts: Record<string, { once: number; twice: number }> = {};
for (const [name, input] of Object.entries(INPUTS)) {
  const [once, twice] = [await input(SIZE), await input(2 * SIZE)];
  // A configuration keeps nothing, but for what the first one of the program makes.
  const before = !name.endsWith('(configuration)');
  counts[name] = { once: await stepsOf(once), twice: await stepsOf(twice, { before }) };
}
process.stdout.write(JSON.stringify(counts));

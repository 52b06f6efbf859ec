import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { INPUTS } from '../../support/linear-inputs.ts';

/**
 * Twice, and what the counters are out by: blocks that run equally often are told as one. Quadratic
 * work has a ratio of four.
 */
const RATIO = 2.4;

let counts: Record<string, { once: number; twice: number }>;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['test/support/count-steps.ts']);
  counts = JSON.parse(stdout) as typeof counts;
}, 120_000);

// One record, one schema or one configuration must not hold a service up for longer than its bytes
// explain.
it.each(Object.keys(INPUTS))('twice as many %s take at most twice the steps', (name) => {
  const { once, twice } = counts[name]!;
  expect(once).toBeGreaterThan(1000);
  expect(twice).toBeLessThanOrEqual(RATIO * once);
});

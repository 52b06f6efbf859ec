import { resolve } from 'node:path';
import { violations } from '../../chaos/report.ts';
import { BROKERS, runChaos, type RunOptions } from '../../chaos/run.ts';
import type { Stack } from '../../src/demo/stack/stack.ts';
import { ownStack, sharedStack } from '../support/stack.ts';

/**
 * The seeded proof run, as short as it can be and still break what matters most; `npm run chaos` is
 * the long one.
 */
const SHORT: RunOptions = {
  // So slow at first that events are left for the faults when the replicas have started.
  events: 2000,
  firstPerSecond: 20,
  recomputed: 200,
  replicas: 2,
  delivery: 'exactly-once',
  seed: 7,
  faults: 3,
  kinds: ['kill -9', 'zombie', 'broker kill -9'],
  minutes: 3,
  bug: undefined,
  logs: undefined,
  projectDir: resolve('.'),
  stop: new AbortController().signal,
  say: () => undefined,
};

let stack: Stack;
beforeAll(async () => {
  stack = await ownStack(BROKERS, sharedStack().registryUrl);
});
afterAll(() => stack.stop());

it('exactly-once holds through kill -9, a zombie and a dead broker', async () => {
  const result = await runChaos({ ...SHORT, stack });
  expect(violations(result, SHORT)).toEqual([]);
  expect(result.faults).toHaveLength(SHORT.faults);
  expect(result.totals.inputs).toBeGreaterThanOrEqual(SHORT.events);
  expect(result.totals.scores + result.totals.deadLetters).toBe(result.totals.inputs);
}, 200_000);

import { resolve } from 'node:path';
import type { Bug } from '../../chaos/bug.ts';
import { networkViolations } from '../../chaos/network/report.ts';
import { runNetwork, type NetworkRunOptions } from '../../chaos/network/run.ts';
import { NETWORK_KINDS } from '../../chaos/network/schedule.ts';
import type { Stack } from '../../src/demo/stack/stack.ts';
import { stackWithOurSettings } from '../support/stack.ts';

/** Every kind once that one broker can bear; `npm run chaos -- --network` is the long run. */
const KINDS = NETWORK_KINDS.filter((kind) => kind !== 'paused-broker');

let stack: Stack;
let short: NetworkRunOptions;
beforeAll(async () => {
  stack = await stackWithOurSettings();
  short = {
    stack,
    brokers: 1,
    events: 1000,
    replicas: 2,
    delivery: 'exactly-once',
    seed: 5,
    faults: KINDS.length,
    kinds: KINDS,
    atOnce: 2,
    longestHoldMs: 2000,
    // Each event is a transaction then, and enough for every partition to show that it goes on.
    firstPerSecond: 100,
    minPerSecond: 16,
    minutes: 4,
    // Shorter than the defaults, so that what waits for a timeout does not wait long.
    settings: { kafkajs: { client: { requestTimeout: 3000 }, consumer: { sessionTimeout: 6000 } } },
    bug: undefined,
    logs: undefined,
    projectDir: resolve('.'),
    stop: new AbortController().signal,
    say: () => undefined,
  };
});
afterAll(() => stack.stop());

it('exactly-once holds, and nothing stands still, whatever the wires do', async () => {
  const result = await runNetwork(short);
  expect(networkViolations(result, short)).toEqual([]);
  expect(new Set(result.faults.map(({ kind }) => kind))).toEqual(new Set(KINDS));
  expect(result.totals.scores + result.totals.deadLetters).toBe(result.totals.inputs);
}, 240_000);

const BUGS: readonly (readonly [Bug, Partial<NetworkRunOptions>, RegExp])[] = [
  ['committed-not-re-read', { kinds: ['lost-answer'], faults: 1 }, /outputs are there twice/],
  // The first fault stops a partition for good, and the second one finds it so.
  [
    'producer-reused',
    { kinds: ['lost-answer'], faults: 2, patienceMs: 5000 },
    /not recovered from|end of the input was not/,
  ],
  // Records that are late leave their offsets alone in the transaction, for the end that was held
  // to find.
  [
    'end-txn-retried',
    { kinds: ['held-request'], faults: 3, slow: { Produce: 1000 } },
    /no output|twice/,
  ],
];

it.each(BUGS)(
  'turns red with the bug %s',
  async (bug, how, words) => {
    const options: NetworkRunOptions = {
      ...short,
      events: 300,
      replicas: 1,
      atOnce: 1,
      apis: ['EndTxn'],
      bug,
      ...how,
    };
    expect(networkViolations(await runNetwork(options), options).join()).toMatch(words);
  },
  240_000,
);

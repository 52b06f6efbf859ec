import { resolve } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { expectedScore, someEvents, wire, World } from './world.ts';

/**
 * About 2 ms each in the model: one batch of them takes longer than the group waits for a
 * heartbeat.
 */
const EVENTS = 2300;

const CONFIG = `kafkajs: { consumer: { sessionTimeout: 3000, heartbeatInterval: 300 } }
batch: { maxSize: ${EVENTS}, maxInferMs: 60000 }
inference: { workers: 1 }
`;

describe('a model that takes longer for a batch than the group waits for a heartbeat', () => {
  let world: World;
  let scorer: Here | undefined;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(1);
  });
  afterEach(async () => {
    await scorer?.stop();
    await world.close();
  });

  it('misses none in a worker thread: the partition stays, and everything is scored once', async () => {
    const id = await world.register();
    const events = someEvents(EVENTS);
    await world.produce(
      0,
      events.map((event) => wire(id, event)),
    );
    scorer = await Here.running(
      configOf(world, CONFIG).replace(resolve('test/e2e/bundle'), resolve('test/e2e/bundle-heavy')),
    );
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === EVENTS,
      { withinMs: 100_000 },
    );
    expect(await scorer.metric('rebalances_total')).toBe(1);
    expect((await scorer.stop()).code).toBe(0);

    const scores = await world.readScores();
    expect(scores.map(({ event }) => event.id)).toEqual(events.map((event) => event.id));
    expect(scores.at(-1)!.score).toBeCloseTo(expectedScore(events.at(-1)!), 6);
  });
});

import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { expectedScore, someEvents, wire, World } from './world.ts';

describe.each(['at-least-once', 'exactly-once'])('the model in worker threads, %s', (delivery) => {
  let world: World;
  let scorer: Here | undefined;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(2);
  });
  afterEach(async () => {
    await scorer?.stop();
    await world.close();
  });

  it('scores everything once, in order per partition, and ends in peace', async () => {
    const id = await world.register();
    const events = someEvents(5000);
    const broken = (i: number): boolean => i % 100 === 99;
    const values = events.map((event, i) => (broken(i) ? Buffer.from('no') : wire(id, event)));
    await Promise.all([0, 1].map((partition) => world.produce(partition, values)));
    const more = `delivery: ${delivery}\ninference: { workers: 2 }\nbatch: { maxSize: 64 }\n`;
    scorer = await Here.running(configOf(world, more));
    await eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset >= 5000),
    );
    expect(scorer.log).not.toContain('has no effect');
    expect(await scorer.metric('dead_letters_total{stage="decode",code="WIRE_MAGIC_BYTE"}')).toBe(
      100,
    );
    expect((await scorer.stop()).code).toBe(0);

    const scores = await world.readScores();
    const scored = events.filter((_, i) => !broken(i));
    for (const partition of [0, 1]) {
      const mine = scores.filter(({ source }) => source.partition === partition);
      expect(mine.map(({ event }) => event.id)).toEqual(scored.map((event) => event.id));
      mine.forEach(({ score }, i) => {
        expect(score).toBeCloseTo(expectedScore(scored[i]!), 6);
      });
    }
  });
});

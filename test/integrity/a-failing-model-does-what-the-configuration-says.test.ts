import type { Kind } from './world/events.ts';
import type { Output } from './world/monitor.ts';
import type { World } from './world/world.ts';
import { DELIVERIES, eachWorld, partitionsOf, wrongOf } from './world/worlds.ts';

const WITHOUT: readonly Kind[] = ['failing', 'too late'];

const scoresOf = (world: World, partition: number): Output[] =>
  world.monitor.outputs(partition).filter(({ topic }) => topic === 'out');

const offsetsOf = (world: World, partition: number, kinds: readonly Kind[]): number[] =>
  world.monitor.kinds[partition]!.flatMap((kind, offset) => (kinds.includes(kind) ? [offset] : []));

describe.each(DELIVERIES)('%s', (delivery) => {
  it('decides about exactly the events that the model has no score for', async () => {
    const plan = { delivery, policy: true, bad: 0.6, model: ', onFailure: { decision: HOLD }' };
    let held = 0;
    await eachWorld(plan, [900, 903], (world) => {
      expect(world.failures).toEqual([]);
      expect(wrongOf(world, 'no gap')).toEqual([]);
      for (const partition of partitionsOf(world)) {
        const degraded = scoresOf(world, partition).filter(
          ({ decidedBy }) => decidedBy === 'degraded',
        );
        expect([...new Set(degraded.map(({ from }) => from.offset))].sort((a, b) => a - b)).toEqual(
          offsetsOf(world, partition, WITHOUT),
        );
        for (const { became, decision } of degraded)
          expect([became, decision]).toEqual([NaN, 'HOLD']);
        for (const { topic, became } of world.monitor.outputs(partition))
          if (topic === 'dead') expect(became).not.toMatch(/^INFERENCE_/);
        held += degraded.length;
      }
    });
    expect(held).toBeGreaterThan(20);
  });

  it('waits with the partition of such an event, and loses nothing', async () => {
    const kindAt = (offset: number): Kind => (offset === 25 ? 'failing' : 'good');
    const plan = { delivery, kindAt, events: [], model: ', onFailure: wait' };
    await eachWorld(plan, [910, 911], (world) => {
      expect(world.failures).toEqual([]);
      expect(world.done).toBe(false);
      for (const partition of partitionsOf(world)) {
        const outputs = world.monitor.outputs(partition);
        expect(outputs.filter(({ topic }) => topic === 'dead')).toEqual([]);
        expect(Math.max(...outputs.map(({ from }) => from.offset))).toBeLessThan(25);
        expect(Number(world.cluster.committed.get(partition))).toBeLessThanOrEqual(25);
      }
    });
  });
});

import type { Kind } from './world/events.ts';
import type { World } from './world/world.ts';
import { DELIVERIES, eachWorld } from './world/worlds.ts';

/** What the service says of each partition. */
async function lagOf(world: World): Promise<number[]> {
  const { values } = await world.members[0]!.service!.value.metrics.lagRecords.get();
  return values.map(({ value }) => value);
}

describe.each(DELIVERIES)('%s', (delivery) => {
  const calm = { delivery, events: [], members: 1 } as const;

  it('tells that nothing is left once everything is delivered', async () => {
    await eachWorld({ ...calm, kindAt: () => 'good' }, [1100, 1102], async (world) => {
      expect(await lagOf(world)).toEqual([0, 0, 0]);
    });
  });

  it('tells it also where nothing but markers came last', async () => {
    const kindAt = (offset: number): Kind => (offset < 25 ? 'good' : 'marker');
    await eachWorld({ ...calm, kindAt }, [1110, 1112], async (world) => {
      expect(await lagOf(world)).toEqual([0, 0, 0]);
    });
  });
});

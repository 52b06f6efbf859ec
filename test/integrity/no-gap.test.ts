import { became, DELIVERIES, eachWorld, partitionsOf, wanted, wrongOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('leaves no gap: every event becomes what it has to, and everything is committed', async () => {
    await eachWorld({ delivery }, [100, 105], (world) => {
      expect(world.failures).toEqual([]);
      expect(wrongOf(world, 'no gap')).toEqual([]);
      for (const partition of partitionsOf(world)) {
        const offsets = [...became(world, partition).keys()].sort((a, b) => a - b);
        expect(offsets).toEqual(wanted(world, partition));
      }
    });
  });

  it('leaves no transaction open, behind which readers would wait', async () => {
    await eachWorld({ delivery, events: ['crash', 'freeze'] }, [110, 111], (world) => {
      expect(world.cluster.open).toBe(0);
    });
  });
});

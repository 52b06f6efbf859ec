import { became, DELIVERIES, eachWorld, partitionsOf, wanted, wrongOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('goes on behind records that cannot be scored, and says of each why', async () => {
    await eachWorld({ delivery, bad: 0.9 }, [800, 805], (world) => {
      expect(world.failures).toEqual([]);
      expect(wrongOf(world, 'no gap')).toEqual([]);
      for (const partition of partitionsOf(world)) {
        const seen = became(world, partition);
        expect([...seen.keys()].sort((a, b) => a - b)).toEqual(wanted(world, partition));
        for (const [offset, outputs] of seen)
          expect([...new Set(outputs)]).toEqual([world.monitor.becomes(partition, offset)]);
      }
    });
  });
});

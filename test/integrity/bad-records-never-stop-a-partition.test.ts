import type { Kind } from './world/events.ts';
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

  it('counts no dead record again that it reads again: too many in a row stop the service', async () => {
    const plan = { delivery, events: ['interrupt'] as const, members: 1, records: 60 };
    const kindAt = (offset: number): Kind => (offset % 4 < 3 ? 'no Avro' : 'good');
    await eachWorld({ ...plan, kindAt, maxConsecutive: 3 }, [810, 815], (world) => {
      expect(world.failures).toEqual([]);
    });
  });
});

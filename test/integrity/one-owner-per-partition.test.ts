import { DELIVERIES, eachWorld, wrongOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('gives each partition one owner, which writes one thing at a time and takes nothing back unasked', async () => {
    await eachWorld({ delivery, members: 3 }, [600, 603], (world) => {
      expect(wrongOf(world, 'one owner per partition')).toEqual([]);
    });
  });

  it('begins anew only when what was being written of it before has ended', async () => {
    const plan = { delivery, events: ['interrupt'] as const, members: 1, slow: 'write' };
    await eachWorld({ ...plan, records: 60 }, [610, 611], (world) => {
      expect(wrongOf(world, 'one owner per partition')).toEqual([]);
    });
  });
});

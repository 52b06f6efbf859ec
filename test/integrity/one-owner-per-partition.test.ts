import { DELIVERIES, eachWorld, wrongOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('gives each partition one owner, which writes one thing at a time and takes nothing back unasked', async () => {
    await eachWorld({ delivery, members: 3 }, [600, 605], (world) => {
      expect(wrongOf(world, 'one owner per partition')).toEqual([]);
    });
  });
});

import { DELIVERIES, eachWorld, wrongOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('commits nothing of an assignment that is over', async () => {
    await eachWorld(
      { delivery, events: ['join', 'leave', 'interrupt', 'freeze', 'interrupt'] },
      [500, 505],
      (world) => {
        expect(wrongOf(world, 'nothing committed after revocation')).toEqual([]);
      },
    );
  });
});

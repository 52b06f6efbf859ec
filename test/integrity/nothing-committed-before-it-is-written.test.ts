import { DELIVERIES, eachWorld, wrongOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('commits no offset before everything up to it is in the output', async () => {
    await eachWorld({ delivery }, [400, 405], (world) => {
      expect(wrongOf(world, 'nothing committed before it is written')).toEqual([]);
    });
  });
});

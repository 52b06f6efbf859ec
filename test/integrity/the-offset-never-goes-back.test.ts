import { DELIVERIES, eachWorld, wrongOf } from './world/worlds.ts';

const INVARIANT = 'the offset never goes back';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('never moves the committed offset back', async () => {
    await eachWorld({ delivery }, [703, 708], (world) => {
      expect(wrongOf(world, INVARIANT)).toEqual([]);
    });
  });
});

describe('at least once', () => {
  it('mends what a commit that was held up on its way undid', async () => {
    await eachWorld({ delivery: 'at-least-once', events: [], undo: true }, [710, 712], (world) => {
      expect(wrongOf(world, INVARIANT)).toEqual([]);
    });
  });
});

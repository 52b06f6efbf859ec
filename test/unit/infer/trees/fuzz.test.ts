import { fuzzTrees } from '../../../fuzz/trees.ts';

describe('random ensembles', () => {
  // Among the first are some that 1000 rows once did not tell apart; the others are new each time,
  // and a failure names them.
  it.each([
    { count: 150, seed: 360 },
    { count: 150, seed: Math.floor(Math.random() * 2 ** 30) },
  ])('are compiled right or not at all: $count from seed $seed', async ({ count, seed }) => {
    const { compiled, wrong } = await fuzzTrees(count, seed);
    expect(wrong).toEqual([]);
    expect(compiled).toBeGreaterThan(5);
  });
});

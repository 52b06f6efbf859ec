import { Random } from '../../../../src/demo/simulate/random.ts';

const DRAWS = 50_000;

function draws(draw: (random: Random) => number, seed = 1): number[] {
  const random = new Random(seed);
  return Array.from({ length: DRAWS }, () => draw(random));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

describe('random numbers', () => {
  it('are those of sfc32 filled by splitmix32, computed elsewhere from their definitions', () => {
    const random = new Random(2026);
    expect(Array.from({ length: 4 }, () => random.next() * 2 ** 32)).toEqual([
      866338330, 3073509513, 2098590438, 793087158,
    ]);
  });

  it('are the same for the same seed and others for the next', () => {
    const next = (random: Random): number => random.next();
    expect(draws(next, 5)).toEqual(draws(next, 5));
    const [five, six] = [draws(next, 5), draws(next, 6)];
    expect(five.filter((value, i) => value === six[i]).length).toBeLessThan(5);
  });

  it('are uniform within their bounds', () => {
    const values = draws((random) => random.uniform(5, 100));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...values)).toBeLessThan(100);
    expect(mean(values)).toBeCloseTo(52.5, 0);
    expect(variance(values) / (95 ** 2 / 12)).toBeCloseTo(1, 1);
  });

  it('as an index take every place about equally often', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const index of draws((random) => random.index(7))) counts[index]!++;
    for (const count of counts) expect(Math.abs(count / (DRAWS / 7) - 1)).toBeLessThan(0.05);
    expect(counts).toHaveLength(7);
  });

  it('as a normal have its mean, its spread and its tails', () => {
    const values = draws((random) => random.normal(100, 20));
    expect(Math.abs(mean(values) - 100)).toBeLessThan(0.5);
    expect(Math.sqrt(variance(values)) / 20).toBeCloseTo(1, 1);
    const beyond = values.filter((value) => Math.abs(value - 100) > 40).length / DRAWS;
    expect(beyond).toBeCloseTo(0.0455, 2);
  });

  it('as a Poisson have its mean, which is also its variance', () => {
    for (const expected of [0.3, 2, 4]) {
      const values = draws((random) => random.poisson(expected));
      expect(mean(values) / expected).toBeCloseTo(1, 1);
      expect(variance(values) / expected).toBeCloseTo(1, 1);
    }
    expect(new Set(draws((random) => random.poisson(0)))).toEqual(new Set([0]));
  });
});

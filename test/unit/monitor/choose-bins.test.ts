import fc from 'fast-check';
import { binOf, chooseBins, countBins } from '../../../src/monitor/choose-bins.ts';

const bins = (values: readonly number[]) => chooseBins(Float64Array.from(values).sort());

describe('the bins of a profile', () => {
  it('are ten with equally many rows', () => {
    const { edges, counts, low, high } = bins(Array.from({ length: 1000 }, (_, i) => i));
    expect(counts).toEqual(new Array(10).fill(100));
    expect(edges).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect([low, high]).toEqual([0, 999 + 0.05 * 999]);
  });

  it('leave a frequent value alone', () => {
    const values = [
      ...new Array<number>(600).fill(0),
      ...Array.from({ length: 400 }, (_, i) => i + 1),
    ];
    const { edges, counts } = bins(values);
    expect(counts).toEqual([600, 100, 100, 100, 100]);
    expect(edges).toEqual([0.5, 101, 201, 301]);
    const middle = bins([
      ...new Array<number>(50).fill(7),
      ...Array.from({ length: 100 }, (_, i) => i / 9.5),
    ]);
    expect(binOf(7, middle.edges)).toBe(middle.counts.indexOf(50));
  });

  it('are one for a constant, and for no number at all', () => {
    expect(bins([5, 5, 5])).toEqual({ edges: [], counts: [3], low: 5, high: 5 });
    expect(bins([])).toEqual({ edges: [], counts: [0], low: 0, high: 0 });
  });

  it('have bounds with a margin that does not cross zero', () => {
    expect(bins([-10, 10])).toMatchObject({ low: -11, high: 11 });
    expect(bins([1, 21])).toMatchObject({ low: 0, high: 22 });
    expect(bins([-21, -1])).toMatchObject({ low: -22, high: 0 });
    const most = Number.MAX_VALUE;
    expect(bins([-0.999 * most, -0.9 * most])).toMatchObject({ low: -most });
    expect(bins([0.9 * most, 0.999 * most])).toMatchObject({ high: most });
  });

  it('hold every value once, in as many bins as edges say, none of them empty', () => {
    const value = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
        const { edges, counts, low, high } = bins(values);
        expect(countBins(values, edges)).toEqual(counts);
        expect(counts.every((count) => count > 0)).toBe(true);
        expect(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)).toBe(true);
        expect(counts.length).toBeLessThanOrEqual(32);
        for (const one of values) expect(one >= low && one <= high).toBe(true);
      }),
    );
  });
});

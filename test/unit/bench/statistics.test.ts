import { interpolate, median, quantile } from '../../../bench/statistics.ts';

describe('the median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('is not a number when a run could not be measured', () => {
    expect(median([1, NaN, 3])).toBeNaN();
    expect(median([])).toBeNaN();
  });
});

describe('a value between samples', () => {
  const samples = [[0, 10] as const, [100, 20] as const, [200, 60] as const];

  it('lies on the line between its neighbours', () => {
    expect(interpolate(samples, 0)).toBe(10);
    expect(interpolate(samples, 50)).toBe(15);
    expect(interpolate(samples, 175)).toBe(50);
    expect(interpolate(samples, 200)).toBe(60);
  });

  it('is not made up outside of them', () => {
    expect(interpolate(samples, -1)).toBeNaN();
    expect(interpolate(samples, 201)).toBeNaN();
  });
});

describe('a quantile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);

  it('is the value that the share lies at or below', () => {
    expect([0.5, 0.95, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([
      50, 95, 99, 100,
    ]);
    expect(quantile(Float64Array.of(7), 0.01)).toBe(7);
  });

  it('is not a number when one is missing', () => {
    expect(quantile(Float64Array.of(1, NaN), 0.5)).toBeNaN();
    expect(quantile(Float64Array.of(), 0.5)).toBeNaN();
  });
});

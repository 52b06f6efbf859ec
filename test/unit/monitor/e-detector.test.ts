import fc from 'fast-check';
import type { Alternatives } from '../../../src/monitor/alternatives.ts';
import { EDetector } from '../../../src/monitor/e-detector.ts';

/** One alternative, for which each event multiplies the evidence by e to the power of `slope`. */
const one = (slope: number): Alternatives => ({
  names: ['more'],
  weights: Float64Array.of(1),
  scores: [],
  statistic: Int32Array.of(0),
  slope: Float64Array.of(slope),
  perEvent: Float64Array.of(0),
});

const after = (...ratios: readonly number[]): number => {
  const detector = new EDetector(one(0), 1);
  for (const ratio of ratios) detector.add([1], one(ratio));
  return detector.evidence;
};

it('evidence is the exponential of the ratios', () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 460, noNaN: true }), (ratio) => {
      expect(Math.abs(after(ratio) / Math.exp(ratio) - 1)).toBeLessThan(1e-12);
    }),
  );
});

it.each([-1e-300, 0, 1e-17, Math.LN2 / 2, -Math.LN2 / 2, -44, -708])('also of %d', (ratio) => {
  expect(Math.abs(after(ratio) / Math.exp(ratio) - 1)).toBeLessThan(1e-12);
});

it('evidence neither overflows nor stays where the ratio leaves nothing of it', () => {
  expect(after(1e6, 1e6, 1e6)).toBe(1e200);
  expect(after(460, -1e6)).toBeLessThan(1e-100);
  expect(after(460, -1e6, 1)).toBeCloseTo(Math.E, 12);
});

it('a change began with the first block of those that still count', () => {
  const detector = new EDetector(one(0), 1);
  for (const ratio of [2, -3, 1, 1, -1, 2]) detector.add([1], one(ratio));
  expect(detector.leading(one(0))).toEqual({ index: 0, blocks: 4 });
  detector.add([1], one(-9));
  expect(detector.leading(one(0))).toEqual({ index: 0, blocks: 0 });
});

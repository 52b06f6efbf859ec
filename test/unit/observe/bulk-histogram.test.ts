import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { BulkHistogram } from '../../../src/observe/bulk-histogram.ts';

const BOUNDS = [0.1, 0.5, 1, 10];

/** Values that fall on, between and beyond the bounds. */
const value = fc.oneof(
  fc.constantFrom(...BOUNDS, 0, -1, 1e9),
  fc.double({ min: 0, max: 20, noNaN: true }),
);

function bulk(
  values: readonly number[],
  bounds = BOUNDS,
): { histogram: BulkHistogram; registry: Registry } {
  const registry = new Registry();
  const histogram = new BulkHistogram('h', 'Help.', bounds, registry);
  for (const one of values) histogram.observe(one);
  return { histogram, registry };
}

describe('BulkHistogram', () => {
  it('reads exactly as the histogram of prom-client does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 200 }), async (values) => {
        const registry = new Registry();
        const theirs = new Histogram({
          name: 'h',
          help: 'Help.',
          buckets: [...BOUNDS],
          registers: [registry],
        });
        for (const one of values) theirs.observe(one);
        expect(await bulk(values).registry.metrics()).toBe(await registry.metrics());
      }),
      { numRuns: 50 },
    );
  });

  it('knows a quantile to the width of a bucket', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
          const bucket = BOUNDS.findIndex((bound) => exact <= bound);
          const quantile = bulk(values).histogram.quantile(share);
          expect(quantile).toBeGreaterThanOrEqual(BOUNDS[bucket - 1] ?? 0);
          expect(quantile).toBeLessThanOrEqual(BOUNDS[bucket]!);
        },
      ),
    );
  });

  it('has no quantile without values, and counts', () => {
    expect(bulk([]).histogram.quantile(0.5)).toBeNaN();
    expect(bulk([1, 2, 300]).histogram.count).toBe(3);
  });
});

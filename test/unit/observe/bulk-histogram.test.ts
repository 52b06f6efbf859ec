import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { BulkHistogram } from '../../../src/observe/bulk-histogram.ts';

const BOUNDS = [0.1, 0.5, 1, 10];

/** Values that fall on, between and beyond the bounds. */
const value = fc.oneof(
  fc.constantFrom(...BOUNDS, 0, -1, 1e9),
  fc.double({ min: 0, max: 20, noNaN: true }),
);

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
        const ourRegistry = new Registry();
        const ours = new BulkHistogram('h', 'Help.', BOUNDS, ourRegistry);
        for (const one of values) {
          theirs.observe(one);
          ours.observe(one);
        }
        expect(await ourRegistry.metrics()).toBe(await registry.metrics());
      }),
      { numRuns: 50 },
    );
  });
});

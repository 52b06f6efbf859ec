import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { BulkHistogram } from '../../../src/observe/bulk-histogram.ts';

const BOUNDS = [0.1, 0.5, 1, 10];

/** Values that fall on, between and beyond the bounds. */
const value = fc.oneof(
  fc.constantFrom(...BOUNDS, 0, -1, 1e9),
  fc.double({ min: 0, max: 20, noNaN: true }),
);

const SUM = /^h_sum (.*)$/m;
const withoutSum = (text: string): string => text.replace(SUM, '');
const sumIn = (text: string): number => Number(SUM.exec(text)![1]);

describe('BulkHistogram', () => {
  it('reads exactly as the histogram of prom-client does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 200 }), fc.nat(200), async (values, one) => {
        const registry = new Registry();
        const theirs = new Histogram({
          name: 'h',
          help: 'Help.',
          buckets: [...BOUNDS],
          registers: [registry],
        });
        const ourRegistry = new Registry();
        const ours = new BulkHistogram('h', 'Help.', BOUNDS, ourRegistry);
        for (const each of values) theirs.observe(each);
        // some one by one, the others together: their sum is rounded in another order
        for (const each of values.slice(0, one)) ours.observe(each);
        const others = values.slice(one);
        ours.observeAll(Float64Array.from([...others, 0.3]), others.length);
        const [own, expected] = await Promise.all([ourRegistry.metrics(), registry.metrics()]);
        expect(withoutSum(own)).toBe(withoutSum(expected));
        expect(sumIn(own)).toBeCloseTo(sumIn(expected), 4);
        if (others.length === 0) expect(own).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });
});

import { z } from 'zod';
import { distinct, fieldPath, text } from './schema-values.ts';

const ranges = z.strictObject({
  field: fieldPath.describe('Event field with a number.'),
  bounds: z
    .array(z.number())
    .min(1)
    .max(19)
    .refine((list) => list.every((bound, i) => i === 0 || bound > list[i - 1]!), {
      message: 'must be in ascending order',
    })
    .describe('Bounds between the ranges, in ascending order. A bound belongs to the upper range.'),
});

export const fairness = z
  .strictObject({
    by: distinct(z.union([fieldPath, ranges]))
      .min(1)
      .max(4)
      .describe(
        'Event fields whose values are the groups to compare: strings, enums, truth values and whole numbers. The first 20 values of a field are groups of their own. Other numbers need ranges: { field, bounds }.',
      ),
    favourable: distinct(text).min(1).describe('Decisions that are good for the customer.'),
    minRatio: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.8)
      .describe(
        'Lowest acceptable ratio between the part of favourable decisions in a group and that in the best group. A number for monitoring, not a legal test.',
      ),
  })
  .exactOptional()
  .describe(
    'Comparison of favourable decisions between groups of events. A change needs a restart. Default: none.',
  );

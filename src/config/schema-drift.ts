import { z } from 'zod';
import { milliseconds } from './schema-values.ts';

export const drift = z
  .strictObject({
    effect: z
      .number()
      .min(0)
      .max(2)
      .default(0.1)
      .describe(
        'Size of a change that matters, in standard deviations of a feature (of a share: Cohen’s h). A change of half of it or less never raises an alarm. 0: every change that can be proved.',
      ),
    falseAlarmsPerMillion: z
      .number()
      .gt(0)
      .max(1)
      .default(0.01)
      .describe(
        'Most false alarms in a million events, of all features and the score of the model together.',
      ),
    quietMs: milliseconds
      .default(3_600_000)
      .describe(
        'An alarm ends if its change is not seen for this time, in ms, and for at least 20,000 events.',
      ),
  })
  .exactOptional()
  .describe(
    'Comparison of features and scores with the profile of the model. A change needs a restart. Default: none.',
  );

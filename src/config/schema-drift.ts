import { z } from 'zod';
import { count, milliseconds, topic } from './schema-values.ts';

const probing = z
  .strictObject({
    within: z
      .number()
      .gt(0)
      .default(0.01)
      .describe('How near to a limit between two bands a score has to be.'),
    events: count
      .default(5)
      .describe(
        'From this many of such events of one key on, in one to two hours, `threshold_probes_total` counts them.',
      ),
  })
  .describe('Keys whose scores are near a limit of the policy again and again.');

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
    topic: topic
      .exactOptional()
      .describe(
        'Topic to which each process writes how many events were in each bin, and alarms. Counts add up over replicas and restarts; `drift --recorded` reads them. Default: none.',
      ),
    reportMs: milliseconds
      .min(1000)
      .default(60_000)
      .describe('Time between two of these reports, in ms.'),
    probing: probing.prefault({}),
  })
  .exactOptional()
  .describe(
    'Comparison of features and scores with the profile of the model. A change needs a restart. Default: none.',
  );

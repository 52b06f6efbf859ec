import { z } from 'zod';
import { text } from './schema-values.ts';

/** What becomes of an event that the model has no score for. */
export const onFailure = z
  .union([
    z.enum(['dead-letter', 'wait']),
    z.strictObject({
      decision: text.describe(
        'This decision is written for the event, with the score NaN, and decidedBy is degraded. Lists and rules before the model decide as always.',
      ),
    }),
  ])
  .default('dead-letter')
  .describe(
    'What happens to an event for which the model fails, crashes or is too slow, even alone. dead-letter: it becomes a dead letter. wait: its partition waits, and the batch is scored again. Or a decision: { decision: REVIEW }. An event that is wrong itself always becomes a dead letter.',
  );

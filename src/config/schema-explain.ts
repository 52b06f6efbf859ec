import { z } from 'zod';
import { EXPLAIN_METHODS } from '../flow/attributions.ts';
import { count, distinct, fieldPath, text } from './schema-values.ts';

/** Which decisions get reasons, and what reasons are relative to. */
export const explain = z
  .strictObject({
    decisions: distinct(text).min(1).describe('Decisions that get reasons.'),
    top: count.default(3).describe('Maximum number of reasons of one decision.'),
    relativeTo: z
      .enum(['background', 'threshold'])
      .default('background')
      .describe(
        'What an event is compared with: all events of the background, or only those whose scores just got the next better decision.',
      ),
    method: z
      .enum(EXPLAIN_METHODS)
      .default('auto')
      .describe(
        'How contributions are computed. auto: exactly for trees and linear models, else sampled. A method that is impossible for the model is refused.',
      ),
    budget: count
      .default(2048)
      .describe('Maximum number of rows that the model scores to explain one event by sampling.'),
    counterfactual: distinct(fieldPath)
      .min(1)
      .exactOptional()
      .describe(
        'Event fields that a counterfactual may change. Default: all fields of the model that are one number or one text.',
      ),
  })
  .exactOptional()
  .describe('Reasons for decisions. Default: none.');

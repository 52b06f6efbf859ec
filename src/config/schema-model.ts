import { z } from 'zod';
import { count, distinct, fieldPath, label, milliseconds, text } from './schema-values.ts';

/** Which model scores, what its score means, and what is watched about it. */

export const inference = z
  .strictObject({
    workers: z
      .int()
      .min(0)
      .default(0)
      .describe('Worker processes that run the model; 0: it runs in the event loop.'),
    timeoutMs: milliseconds
      .min(1)
      .default(30_000)
      .describe(
        'Longest time the model may take for one batch, in ms. With workers, an event that takes longer by itself is a dead letter; in the event loop the program ends.',
      ),
    threads: count.default(1).describe('Threads ONNX Runtime uses inside one run.'),
    compileTrees: z
      .boolean()
      .default(true)
      .describe(
        'Whether decision trees are compiled where their scores stay the same, bit for bit; false: ONNX Runtime runs them.',
      ),
  })
  .describe('How the model is run.');

export const model = z
  .strictObject({
    dir: text.describe('Folder with one folder per version, relative to the working directory.'),
    champion: label
      .default('latest')
      .describe('Version that decides; latest: the newest below dir.'),
    challenger: label
      .exactOptional()
      .describe('Version that is scored in shadow and compared; it never decides. Default: none.'),
    canary: z
      .strictObject({
        version: label.describe('Version that decides for the share.'),
        percent: z
          .number()
          .min(0)
          .max(100)
          .describe('Share of keys, in percent; a key stays on its side.'),
      })
      .exactOptional()
      .describe('A version that decides for a sticky share of keys. Default: none.'),
    watchMs: milliseconds
      .default(2000)
      .describe('How often dir is looked at for new versions, in ms; 0: never.'),
  })
  .describe('The versions of the model.');

const band = z.strictObject({
  upTo: z
    .number()
    .exactOptional()
    .describe(
      'Scores below this number belong to the band; the last band has neither upTo nor downTo.',
    ),
  downTo: z
    .number()
    .exactOptional()
    .describe(
      'Instead of upTo, where lower is worse: scores above this number belong to the band.',
    ),
  decision: text.describe('What is decided.'),
});

const bands = z
  .array(band)
  .min(1)
  .superRefine((list, context) => {
    const key = list[0]?.downTo === undefined ? 'upTo' : 'downTo';
    const other = key === 'upTo' ? 'downTo' : 'upTo';
    let limit: number | undefined;
    for (const [index, entry] of list.entries()) {
      const last = index === list.length - 1;
      const { [key]: end } = entry;
      const fail = (message: string, at?: string) => {
        context.addIssue({
          code: 'custom',
          path: at === undefined ? [index] : [index, at],
          message,
        });
      };
      if (entry[other] !== undefined) {
        fail(`must not be there: the bands run by ${key}`, other);
        continue;
      }
      if (end === undefined) {
        if (!last) fail(`needs ${key}: only the last band has no end`);
        continue;
      }
      const beyond = limit === undefined || (key === 'upTo' ? end > limit : end < limit);
      if (last) fail('must not be there: the last band takes every score that is left', key);
      else if (!beyond)
        fail(`must be ${key === 'upTo' ? 'above' : 'below'} the ${key} of the band before it`, key);
      limit = end;
    }
  })
  .describe(
    'Bands of the score with their decisions, from low to high by upTo, or from high to low by downTo; the first match decides.',
  );

export const decision = z
  .strictObject({
    policy: label
      .exactOptional()
      .describe('Version of these bands, written on every score. Default: null.'),
    bands,
  })
  .exactOptional()
  .describe('What a score means. Default: no decisions; the score alone is written.');

export const explain = z
  .strictObject({
    decisions: distinct(text).min(1).describe('Decisions that are given reasons.'),
    top: count.default(3).describe('Most reasons of one decision.'),
  })
  .exactOptional()
  .describe('Reasons for decisions. Default: none.');

export const fairness = z
  .strictObject({
    by: distinct(fieldPath).min(1).describe('Event fields whose values are the groups to compare.'),
    favourable: distinct(text).min(1).describe('Decisions that are good for the customer.'),
  })
  .exactOptional()
  .describe('Comparison of favourable decisions between groups. Default: none.');

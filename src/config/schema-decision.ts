import { z } from 'zod';
import { distinctBy, label, partName, text, topic } from './schema-values.ts';

/** What a score means: the policy. */

const band = z.strictObject({
  upTo: z
    .number()
    .exactOptional()
    .describe(
      'Scores below this number belong to the band. The last band has neither upTo nor downTo.',
    ),
  downTo: z
    .number()
    .exactOptional()
    .describe(
      'Instead of upTo, if a lower score is worse: scores above this number belong to the band.',
    ),
  decision: text.describe('The decision.'),
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
        fail(`must not be set: the bands use ${key}`, other);
        continue;
      }
      if (end === undefined) {
        if (!last) fail(`needs ${key}: only the last band may leave it out`);
        continue;
      }
      const beyond = limit === undefined || (key === 'upTo' ? end > limit : end < limit);
      if (last) fail('must not be set: the last band takes every remaining score', key);
      else if (!beyond)
        fail(`must be ${key === 'upTo' ? 'above' : 'below'} the ${key} of the band before it`, key);
      limit = end;
    }
  })
  .describe(
    'Bands of the score with their decisions, from low to high by upTo, or from high to low by downTo. The first match decides.',
  );

const segment = z.strictObject({
  name: partName.describe('Name of the segment. It is written to the scores of its events.'),
  when: text.describe('Condition in CEL over event. See docs/policy.md.'),
  bands: bands.describe('The bands of the segment, as those of the policy.'),
});

const rule = z.strictObject({
  name: partName.describe('Name of the rule. It is written to the scores that it decides.'),
  stage: z
    .enum(['before', 'after'])
    .default('after')
    .describe(
      'before: the condition must not use the score, and the rule comes before all others.',
    ),
  when: text.describe('Condition in CEL over event, score and segment. See docs/policy.md.'),
  decision: text.describe('The decision where the condition holds.'),
  shadow: z
    .boolean()
    .default(false)
    .describe('true: the rule decides nothing, and what it would have decided is counted.'),
});

const list = z
  .strictObject({
    name: partName.describe('Name of the list. It is written to the scores that it decides.'),
    key: text.describe(
      'Field of the event with the key, such as event.cardId: a string or an integer.',
    ),
    topic: topic
      .exactOptional()
      .describe('Compacted topic with the keys. See docs/policy.md for its records.'),
    file: text
      .exactOptional()
      .describe('Instead of topic: file with one key per line, relative to the working directory.'),
    decision: text.describe('The decision for events whose key is on the list.'),
  })
  .superRefine(({ topic: of, file }, context) => {
    if ((of === undefined) === (file === undefined))
      context.addIssue({ code: 'custom', message: 'needs either topic or file' });
  });

export const decision = z
  .strictObject({
    file: text
      .exactOptional()
      .describe(
        'File with the keys of this section, instead of them, relative to the working directory.',
      ),
    policy: label
      .exactOptional()
      .describe('Your own label of this policy. It is written to every score. Default: null.'),
    bands: bands.optional(),
    segments: distinctBy('name', segment)
      .exactOptional()
      .describe('Other bands for some events: those of the first segment whose condition holds.'),
    rules: distinctBy('name', rule)
      .exactOptional()
      .describe(
        'Decisions that come before the bands. The first rule that holds decides; those of stage before come first.',
      ),
    lists: distinctBy('name', list)
      .exactOptional()
      .describe(
        'Keys that decide before any rule. The first list with the key of the event decides.',
      ),
  })
  .superRefine(({ bands: list }, context) => {
    if (list === undefined)
      context.addIssue({ code: 'custom', path: ['bands'], message: 'is missing' });
  })
  .transform(({ bands: list, ...rest }) => ({ ...rest, bands: list! }))
  .exactOptional()
  .describe('What a score means. Default: no decisions, only the score is written.');

import { z } from 'zod';
import { bytes, distinct, text, topic } from './schema-values.ts';

const id = text.describe(
  'Id that joins a label with its event: a field that both have, EVENT_FIELD=LABEL_FIELD, or @key for the key of the record, as in transactionId=@key.',
);

const overrides = z
  .strictObject({
    topic: topic.describe('Topic with what people decided instead, in Avro.'),
    id: id.exactOptional(),
    decision: text.describe('Field with the decision of the person.'),
  })
  .describe('Decisions of people about scored events. Default: none.');

export const labels = z
  .strictObject({
    topic: topic.describe('Topic with the labels, in Avro, with the subject <topic>-value.'),
    id,
    label: text.describe('Field with the label: 0 or 1, true or false; null says nothing.'),
    positive: text.exactOptional().describe('Value of the field that means 1. Default: 1 or true.'),
    unlabelled: z
      .enum(['ignore', 'negative'])
      .default('ignore')
      .describe(
        'What an event without a label is after the horizon: left out (ignore), or as if its label were 0 (negative), for labels that come only for positive events.',
      ),
    horizonDays: z
      .int()
      .min(1)
      .max(400)
      .default(60)
      .describe('In this time after an event its label counts, in days.'),
    alarms: distinct(text)
      .min(1)
      .exactOptional()
      .describe(
        'Decisions that are alarms: precision and recall are about them. Default: all but that of the first band.',
      ),
    maxMemoryBytes: bytes
      .min(1024 * 1024)
      .default(128 * 1024 * 1024)
      .describe(
        'Memory for scored events that wait for labels, in bytes: 24 for each event. Each day has the same part of it, and a day with more events keeps a sample.',
      ),
    overrides: overrides.exactOptional(),
  })
  .exactOptional()
  .describe(
    'Labels that come after the scores: how good scores and decisions were. A change needs a restart. Default: none.',
  );

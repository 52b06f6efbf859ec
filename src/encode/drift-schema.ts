import { modelSchema, type ScoreNames } from './score-schema.ts';
import { nullable, TIME } from './avro-types.ts';

type Json = Record<string, unknown>;

/** The Avro schema of the reports of drift. */
export function driftSchema({ namespace }: Pick<ScoreNames, 'namespace'>): Json {
  const series = {
    type: 'record',
    name: 'SeriesCounts',
    doc: 'A feature, or the score.',
    fields: [
      { name: 'name', type: 'string' },
      {
        name: 'bins',
        doc: 'Events by the name of the bin. A bin without events is left out.',
        type: { type: 'map', values: 'long' },
      },
    ],
  };
  const alarm = {
    type: 'record',
    name: 'DriftAlarm',
    doc: 'A feature, or the score, has changed against the profile.',
    fields: [
      { name: 'series', type: 'string' },
      { name: 'change', type: 'string' },
      { name: 'since', doc: 'By the times of the events.', ...nullable(TIME) },
      { name: 'raisedAt', type: TIME },
      { name: 'endedAt', doc: 'Null: the alarm begins.', ...nullable(TIME) },
    ],
  };
  return {
    type: 'record',
    name: 'DriftReport',
    namespace,
    doc: 'What one process counted in a span of time. Each event is in one report, so counts add up.',
    fields: [
      { name: 'instance', doc: 'The process.', type: 'string' },
      { name: 'sequence', doc: 'With the instance, it is unique.', type: 'long' },
      { name: 'model', doc: 'The version that scored the events.', type: modelSchema() },
      {
        name: 'bins',
        doc: 'SHA-256 of the bins. Only counts of the same bins add up.',
        type: 'string',
      },
      { name: 'countedFrom', type: TIME },
      { name: 'countedTo', type: TIME },
      {
        name: 'hourOfWeek',
        doc: 'Of the events, from Monday 0:00 UTC on, if the profile has references by the hour.',
        ...nullable('int'),
      },
      { name: 'firstEvent', doc: 'Time of the first event.', ...nullable(TIME) },
      { name: 'events', type: 'long' },
      { name: 'series', type: { type: 'array', items: series } },
      {
        name: 'alarms',
        doc: 'Those that began or ended in the span.',
        type: { type: 'array', items: alarm },
      },
    ],
  };
}

import { modelSchema, sourceSchema, type ScoreNames } from './score-schema.ts';
import { nullable, TIME } from './avro-types.ts';

type Json = Record<string, unknown>;

/** The Avro schema of the records that compare a challenger with the champion. */
export function comparisonSchema({ namespace }: Pick<ScoreNames, 'namespace'>): Json {
  const verdict = {
    type: 'record',
    name: 'Verdict',
    doc: 'What one version of the model makes of the event.',
    fields: [
      { name: 'score', type: 'double' },
      { name: 'decision', doc: 'By the policy.', ...nullable('string') },
      { name: 'model', type: modelSchema() },
    ],
  };
  return {
    type: 'record',
    name: 'ScoreComparison',
    namespace,
    doc: 'The scores of the champion and of the challenger for one event.',
    fields: [
      { name: 'champion', type: verdict },
      { name: 'challenger', doc: 'It did not decide.', type: 'Verdict' },
      { name: 'policy', doc: 'The policy of both decisions.', ...nullable('string') },
      { name: 'source', doc: 'The input record.', type: sourceSchema() },
      { name: 'eventTime', doc: "The input record's timestamp.", ...nullable(TIME) },
      { name: 'comparedAt', doc: 'When the challenger had scored it.', type: TIME },
    ],
  };
}

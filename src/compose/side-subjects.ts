import type { Settings } from '../config/settings.ts';
import { comparisonSchema } from '../encode/comparison-schema.ts';
import { driftSchema } from '../encode/drift-schema.ts';
import type { WantedSubject } from './score-subject.ts';

/** The keys of the configuration that name a topic beside the scores. */
export type SideKey = 'drift.topic' | 'model.challengerTopic';

/** The schemas of such topics, and the option of `check` that shows each. */
const SIDES: Readonly<
  Record<SideKey, { readonly schema: typeof driftSchema; readonly option: string }>
> = {
  'drift.topic': { schema: driftSchema, option: '--drift-schema' },
  'model.challengerTopic': { schema: comparisonSchema, option: '--comparison-schema' },
};

/** The subject of a topic beside the scores, with the schema of its records. */
export function sideSubject(
  where: SideKey,
  topic: string,
  output: Pick<Settings['output'], 'namespace'>,
): WantedSubject {
  const { schema, option } = SIDES[where];
  return {
    subject: `${topic}-value`,
    schema: schema(output),
    where,
    words: {
      of: `the records of ${where}`,
      remedy: `Register the schema that \`check ${option}\` shows as ${topic}-value, or set output.registerSchema: true.`,
    },
  };
}

/** The subjects of all topics beside the scores that the configuration names. */
export function sideSubjects({ drift, model, output }: Settings): readonly WantedSubject[] {
  const topics: readonly (readonly [SideKey, string | undefined])[] = [
    ['drift.topic', drift?.topic],
    ['model.challengerTopic', model.challengerTopic],
  ];
  return topics.flatMap(([where, topic]) =>
    topic === undefined ? [] : [sideSubject(where, topic, output)],
  );
}

import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import { inspectKafka } from '../inspect/kafka-inspect.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import type { VersionStore } from '../rollout/version-store.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { findChampion, openChampion, type FoundChampion, type ModelOptions } from './champion.ts';
import { sharedOf, type SharedModel } from './gated-version.ts';
import { lookAtGolden } from './golden.ts';
import { groupWanted } from './guarantees.ts';
import { attemptPlan } from './plan-attempt.ts';
import { prepareReasons } from './prepare-reasons.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { readersFrom } from './topic-readers.ts';

export interface Prepared {
  readonly plan: ScoringPlan;
  /** The model of the version of the plan. */
  readonly shared: SharedModel;
  /** The version of the plan, as it was found. */
  readonly champion: FoundChampion;
  /** Of the schemas of the events. */
  readonly ids: readonly number[];
  /** Of all input topics. */
  readonly partitions: number;
}

/**
 * Checks everything that can be checked before the group is joined. Throws all problems together.
 */
export async function prepare(
  settings: Settings,
  kafka: Kafka,
  registry: SchemaRegistry,
  store: VersionStore,
  options: ModelOptions,
): Promise<Started<Prepared>> {
  const finding = findChampion(store, settings.model.champion, options.signal);
  const [attempt, found] = await Promise.all([
    finding.then(async (named) =>
      attemptPlan(settings, readersFrom(registry), await openChampion(named, settings, options)),
    ),
    inspectKafka(kafka, settings.kafka.brokers, {
      inputs: settings.input.topics,
      output: settings.output.topic,
      deadLetter: settings.deadLetter.topic,
      partitioning: settings.output.partitioning,
      ...groupWanted(settings),
    }),
  ]);
  const golden = await lookAtGolden(attempt, settings);
  const reasons = await prepareReasons(attempt.scorable, settings, options.signal);
  const problems = [
    ...attempt.problems,
    ...(typeof golden === 'object' ? golden : []),
    ...reasons,
    ...found.problems,
  ];
  const { plan } = attempt;
  if (plan === undefined || problems.length > 0) {
    await attempt.model?.release();
    throw new ScorerError(problems);
  }
  const partitions = settings.input.topics.reduce(
    (sum, topic) => sum + (found.partitions.get(topic) ?? 0),
    0,
  );
  const shared = sharedOf(plan.versions[0]);
  return {
    value: {
      plan,
      shared,
      champion: await finding,
      ids: attempt.ids ?? [],
      partitions,
    },
    stop: () => shared.end(),
  };
}

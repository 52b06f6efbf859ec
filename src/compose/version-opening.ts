import { carriedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Attempt } from '../rollout/rollout.ts';
import type { FoundVersion, VersionStore } from '../rollout/version-store.ts';
import { openChampion, readChampion, type Champion, type ModelOptions } from './champion.ts';
import { GatedVersion, sharedOf, type SharedModel } from './gated-version.ts';
import { lookAtGolden } from './golden.ts';
import { keptReaders } from './kept-readers.ts';
import { attemptPlan } from './plan-attempt.ts';
import { prepareReasons } from './prepare-reasons.ts';
import { scoreSchemaId } from './score-subject.ts';
import type { LoadedModel, StreamPlan } from './scoring-plan.ts';
import { readersFrom, type FindReaders } from './topic-readers.ts';

export interface VersionOpeningOptions {
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  readonly store: VersionStore;
  readonly model: ModelOptions;
  /** The plan that reads events now. */
  readonly plan: () => StreamPlan;
}

/**
 * Opens a version next to the deciding one and runs all checks of a start: its files, its model,
 * its contract with the latest schemas of the events, its golden events, the schema of its scores.
 * The model of a `warm` version is already open.
 */
export async function openVersion(
  found: FoundVersion,
  warm: GatedVersion | undefined,
  options: VersionOpeningOptions,
): Promise<Attempt<GatedVersion>> {
  const { settings, store, model: how } = options;
  const shared = warm?.shared;
  const champion: Champion =
    shared === undefined
      ? await openChampion(await readChampion(store, found, how.signal), settings, {
          ...how,
          trial: { maxMemoryBytes: settings.model.maxMemoryBytes },
        })
      : { ...shared.value, problems: [], known: knownOf(shared.value) };
  const { bundle, profile, model } = champion;
  const opened = shared ?? (bundle && model && sharedOf({ bundle, model, profile }));
  try {
    return await plannedVersion(champion, opened, settings, options);
  } finally {
    if (shared === undefined) opened?.release(); // if it became a version, that one has its own hold
  }
}

async function plannedVersion(
  champion: Champion,
  shared: SharedModel | undefined,
  settings: Settings,
  options: VersionOpeningOptions,
): Promise<Attempt<GatedVersion>> {
  const attempt = await attemptPlan(settings, keptFrom(options), champion);
  const golden = await lookAtGolden(attempt, settings);
  const reasons = await prepareReasons(attempt.scorable, settings, options.model.signal);
  const problems = [
    ...attempt.problems,
    ...(typeof golden === 'object' ? golden : []),
    ...reasons,
    ...(golden === 0 && champion.model?.finiteAtWarmup === false ? [notFinite(champion)] : []),
  ];
  const { plan, ids = [] } = attempt;
  if (plan === undefined || shared === undefined || problems.length > 0) return { problems };
  const schemaId = await scoreSchemaId(settings, options.registry, plan.stream.scoreSchema).catch(
    asProblems,
  );
  if (typeof schemaId !== 'number') return { problems: schemaId };
  const planned = { plan, ids, schemaId };
  return { opened: new GatedVersion(planned, shared) };
}

/** Without golden events, nothing shows that the model ever returns a score. */
const notFinite = ({ bundle }: Champion): Problem => ({
  code: 'MODEL_WARMUP',
  what: 'the model returned no finite score for the warm-up rows, and the bundle has no golden events',
  where: bundle!.modelFile,
});

const knownOf = ({ model }: LoadedModel): Champion['known'] & object => ({
  inputs: model.inputs,
  unusable: [],
});

/**
 * Fields that the stream carries and reads stay in the scores, whatever a newer schema leaves out.
 */
function keptFrom({ registry, plan }: VersionOpeningOptions): FindReaders {
  return async (settings) => {
    const found = await readersFrom(registry)(settings);
    return {
      ...found,
      readers: keptReaders(found.readers, plan(), carriedPaths(settings.output.carry)),
    };
  };
}

function asProblems(error: unknown): readonly Problem[] {
  if (error instanceof ScorerError) return error.problems;
  throw error;
}

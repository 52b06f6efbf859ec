import type { ExplainedModel } from '../audit/explanation.ts';
import { NOT_A_DECISION } from '../config/conflicts.ts';
import { examineConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { openPlan } from './open-plan.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import type { FindReaders } from './topic-readers.ts';

/**
 * The plan of the version that a score names, by its name and its checksum. Throws MODEL_NOT_FOUND if
 * the version is gone, or is another model by now.
 */
export async function openNamedVersion(
  settings: Settings,
  { version, sha256 }: Pick<ModelIdentity, 'version' | 'sha256'>,
  readers: FindReaders,
  signal: AbortSignal,
  note: (what: string) => void,
  open = openPlan,
): Promise<Started<ScoringPlan>> {
  const named = { ...settings, model: { ...settings.model, champion: version } };
  const plan = await open(named, readers, signal, note).catch((error: unknown) => {
    if (settings.model.source === undefined || !isGone(error)) throw error;
    // The source has let it go, and the cache may still have it.
    return open(named, readers, signal, note, { offline: true }).catch(() => {
      throw error;
    });
  });
  const { identity } = plan.value.versions[0].model;
  if (identity.sha256 === sha256) return plan;
  await plan.stop();
  throw new ScorerError({
    code: 'MODEL_NOT_FOUND',
    what: `version ${version} is another model than the one that the score names: it has the sha256 ${identity.sha256}, and the score has ${sha256}`,
    where: settings.model.source === undefined ? 'model.dir' : 'model.source',
    remedy: 'Restore the version of that time, for example with --set model.dir=FOLDER.',
  });
}

const isGone = (error: unknown): boolean =>
  error instanceof ScorerError && error.code === 'MODEL_NOT_FOUND';

/** The version of a plan, for a report. */
export function describedModel({ versions }: ScoringPlan): ExplainedModel {
  const [{ bundle, model }] = versions;
  return { ...model.identity, folder: bundle.folder };
}

/**
 * The settings with the policy of another file. It may have other decisions than those that other
 * sections name by now.
 */
export async function withPolicyOf(
  file: string,
  given: Parameters<typeof examineConfig>[0],
): Promise<Settings> {
  const sets = [...(given.sets ?? []), `decision={ file: ${JSON.stringify(file)} }`];
  const { settings, problems } = await examineConfig({ ...given, sets });
  const wrong = problems.filter(({ what }) => what !== NOT_A_DECISION);
  if (wrong.length > 0 || settings === undefined) throw new ScorerError(problems);
  return settings;
}

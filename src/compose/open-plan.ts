import type { Settings } from '../config/settings.ts';
import { ScorerError, type ErrorCode } from '../errors.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { openChampion } from './champion.ts';
import { configuredChampion } from './configured-champion.ts';
import { checkGolden } from './golden.ts';
import { withLists } from './offline-lists.ts';
import { attemptPlan } from './plan-attempt.ts';
import { prepareReasons } from './prepare-reasons.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import type { FindReaders } from './topic-readers.ts';

export interface OpenPlanOptions {
  readonly offline?: boolean;
  /** Problems of what the command is about to make again. */
  readonly ignore?: readonly ErrorCode[];
  /** Whether scores get the reasons that the configuration asks for. Default: yes. */
  readonly reasons?: boolean;
}

/**
 * The plan of a command that scores without a stream: the champion is opened in a process of its
 * own, and its golden events are checked. `note` hears what a person should know, although the work
 * continues. `offline`: the version comes from the cache. Throws all problems together.
 */
export async function openPlan(
  settings: Settings,
  readers: FindReaders,
  signal: AbortSignal,
  note: (what: string) => void,
  { offline = false, ignore = [], reasons = true }: OpenPlanOptions = {},
): Promise<Started<ScoringPlan>> {
  const configured = await configuredChampion(settings, { offline, note, signal });
  const known = configured.problems.filter(({ code }) => !ignore.includes(code));
  const profile = ignore.includes('MODEL_PROFILE') ? undefined : configured.profile;
  const found = { ...configured, profile, problems: known };
  const champion = await openChampion(found, settings, { elsewhere: true, signal });
  const stop = async (): Promise<void> => champion.model?.release();
  try {
    const { plan, problems } = await attemptPlan(settings, readers, champion);
    if (plan === undefined) throw new ScorerError(problems);
    await checkGolden(plan, settings);
    const wrong = reasons ? await prepareReasons(plan, settings, signal) : [];
    if (wrong.length > 0) throw new ScorerError(wrong);
    return { value: await withLists(plan, settings, signal), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { findChampion, openChampion } from './champion.ts';
import { checkGolden } from './golden.ts';
import { attemptPlan } from './plan-attempt.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import type { FindReaders } from './topic-readers.ts';
import { versionStoreOf } from './version-store-of.ts';

/**
 * The plan of a command that scores without a stream: the champion is opened in a process of its
 * own, and its golden events are checked. Throws all problems together.
 */
export async function openPlan(
  settings: Settings,
  readers: FindReaders,
  signal: AbortSignal,
): Promise<Started<ScoringPlan>> {
  const found = await findChampion(versionStoreOf(settings), settings.model.champion);
  const champion = await openChampion(found, settings, { elsewhere: true, signal });
  const stop = async (): Promise<void> => champion.model?.release();
  try {
    const { plan, problems } = await attemptPlan(settings, readers, champion);
    if (plan === undefined) throw new ScorerError(problems);
    await checkGolden(plan, settings);
    return { value: plan, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

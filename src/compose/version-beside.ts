import type { Settings } from '../config/settings.ts';
import type { Problem } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import type { Attempt } from '../rollout/rollout.ts';
import type { FoundVersion } from '../rollout/version-store.ts';
import type { GatedVersion } from './gated-version.ts';
import type { Lineups } from './lineups.ts';
import { maxLosses } from './on-failure.ts';
import { otherClasses } from './other-classes.ts';
import { makeScoringPlan } from './scoring-plan.ts';
import { openVersion, type VersionOpeningOptions } from './version-opening.ts';

export interface BesideOptions extends Omit<VersionOpeningOptions, 'model'> {
  readonly lineups: Lineups;
  readonly logger: Pick<Logger, 'warn'>;
  readonly signal: AbortSignal;
}

/**
 * Opens a version that does not decide alone, with all checks of a champion. It always runs in
 * processes of its own: whatever it does, the champion continues. It must fit the schemas that the
 * champion reads events with.
 */
export async function openBeside(
  role: 'canary' | 'challenger',
  found: FoundVersion,
  warm: GatedVersion | undefined,
  { lineups, logger, signal, ...options }: BesideOptions,
): Promise<Attempt<GatedVersion>> {
  // The version may need what only the latest schemas have.
  await lineups.current.renew().catch(() => undefined);
  const settings = elsewhere(role, options.settings);
  const onTimeout = (code: string): void => {
    logger.warn({ code, role, version: found.version }, `the ${role} did not answer for a batch`);
  };
  const background = role === 'challenger';
  const losses = background ? undefined : maxLosses(settings.model.onFailure); // it may take over
  const model = { onTimeout, signal, background, maxLosses: losses };
  const attempt = await openVersion(found, warm, { ...options, settings, model });
  if (!('opened' in attempt)) return attempt;
  const problems = misfits(role, attempt.opened, settings, lineups);
  if (problems.length === 0) return attempt;
  attempt.opened.retire();
  return { problems };
}

function elsewhere(role: 'canary' | 'challenger', settings: Settings): Settings {
  const workers = role === 'canary' ? Math.max(1, settings.inference.workers) : 1;
  return { ...settings, inference: { ...settings.inference, workers } };
}

function misfits(
  role: 'canary' | 'challenger',
  opened: GatedVersion,
  settings: Settings,
  { current }: Lineups,
): readonly Problem[] {
  const problems: Problem[] = [];
  const { readers } = current.planned.plan.stream;
  makeScoringPlan(settings, [opened.fitted.loaded], readers, problems);
  const { champion } = current.versions;
  const classes =
    role === 'canary' ? otherClasses(champion.shared.value, opened.shared.value) : undefined;
  return classes === undefined ? problems : [...problems, classes];
}

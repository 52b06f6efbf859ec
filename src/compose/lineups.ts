import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { planTogether } from './fitted-model.ts';
import type { GatedVersion } from './gated-version.ts';
import { otherClasses } from './other-classes.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import { RunningLineup, type LineupEnvironment, type LineupVersions } from './running-lineup.ts';
import { VersionStatistics } from './version-statistics.ts';

/** The lineup that takes batches, and what makes the next one of it. */
export class Lineups {
  #environment: LineupEnvironment;
  /** Plans that were made before have another policy. */
  #newPolicy = false;
  #current: RunningLineup;

  constructor(environment: LineupEnvironment, versions: LineupVersions) {
    this.#environment = environment;
    this.#current = this.#made(versions, versions.champion.planned, undefined);
  }

  get current(): RunningLineup {
    return this.#current;
  }

  /**
   * Another lineup takes batches from now on. A champion brings the schemas that it was opened
   * with; others join those of the current lineup.
   */
  change(versions: LineupVersions): void {
    const before = this.#current;
    const { champion } = versions;
    const same = champion === before.versions.champion;
    const planned = same ? before.planned : this.#withPolicy(champion, before.planned);
    this.#current = this.#made(versions, planned, same ? before.statistics : undefined);
    before.retire();
  }

  /** The plan of a new champion. The policy may have changed while it was opened. */
  #withPolicy({ planned, fitted }: GatedVersion, before: RegisteredPlan): RegisteredPlan {
    if (!this.#newPolicy) return planned;
    const { settings } = this.#environment;
    for (const schemas of [planned, before]) {
      const { plan } = planTogether(settings, schemas.plan.stream.readers, [fitted], []);
      if (plan !== undefined) return { ...schemas, plan };
    }
    const what = 'the champion and the policy fit different schemas of the events';
    throw new ScorerError({ code: 'INTERNAL', what });
  }

  /**
   * The policy of these settings decides from the next batch on, about the scores of all versions.
   * If it does not fit the events, its problems, and nothing changes.
   */
  decideBy(settings: Settings): readonly Problem[] {
    const before = this.#current;
    const problems: Problem[] = [];
    const { champion } = before.versions;
    const { readers } = before.planned.plan.stream;
    const { plan } = planTogether(settings, readers, [champion.fitted], problems);
    if (plan === undefined) return problems;
    this.#environment = { ...this.#environment, settings };
    this.#newPolicy = true;
    this.#current = this.#made(before.versions, { ...before.planned, plan }, before.statistics);
    before.retire();
    return [];
  }

  #made(
    versions: LineupVersions,
    planned: RegisteredPlan,
    before: VersionStatistics | undefined,
  ): RunningLineup {
    const { champion, canary } = versions;
    const { reports, onLeftOut } = this.#environment;
    const statistics =
      before ?? new VersionStatistics(champion.identity, 'champion', reports.metrics, new Date());
    const other = canary && otherClasses(champion.shared.value, canary.shared.value);
    if (canary !== undefined && other !== undefined) onLeftOut(canary.identity, [other]);
    const fitting = other === undefined ? versions : { ...versions, canary: undefined };
    return new RunningLineup({ ...this.#environment, versions: fitting, planned, statistics });
  }
}

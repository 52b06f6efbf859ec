import type { Settings } from '../config/settings.ts';
import type { Problem } from '../errors.ts';
import { planTogether } from './fitted-model.ts';
import { otherClasses } from './other-classes.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import { RunningLineup, type LineupEnvironment, type LineupVersions } from './running-lineup.ts';
import { VersionStatistics } from './version-statistics.ts';

/** The lineup that takes batches, and what makes the next one of it. */
export class Lineups {
  #environment: LineupEnvironment;
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
    const same = versions.champion === before.versions.champion;
    const planned = same ? before.planned : versions.champion.planned;
    this.#current = this.#made(versions, planned, same ? before.statistics : undefined);
    before.retire();
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
    const other = canary && otherClasses(champion, canary);
    if (canary !== undefined && other !== undefined) onLeftOut(canary.identity, [other]);
    const fitting = other === undefined ? versions : { ...versions, canary: undefined };
    return new RunningLineup({ ...this.#environment, versions: fitting, planned, statistics });
  }
}

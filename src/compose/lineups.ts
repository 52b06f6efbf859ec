import { RunningLineup, type LineupEnvironment, type LineupVersions } from './running-lineup.ts';
import type { RegisteredPlan } from './plan-renewal.ts';

/** The lineup that takes batches, and what makes the next one of it. */
export class Lineups {
  readonly #environment: LineupEnvironment;
  #current: RunningLineup;

  constructor(environment: LineupEnvironment, versions: LineupVersions) {
    this.#environment = environment;
    const { planned } = versions.champion;
    this.#current = new RunningLineup({ ...environment, versions, planned });
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
    const planned: RegisteredPlan =
      versions.champion === before.versions.champion ? before.planned : versions.champion.planned;
    this.#current = new RunningLineup({ ...this.#environment, versions, planned });
    before.retire();
  }
}

import type { DeadCode } from '../flow/dead-code.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { Reports } from './reports.ts';

/**
 * Reports that events are decided without a score: since when, how many, and why. It ends by itself
 * with the first delivered batch that has scores for all of its events.
 */
export class Degradation {
  readonly #decision: string;
  readonly #reports: Pick<Reports, 'metrics' | 'logger'>;
  readonly #now: () => Date;
  #since: Date | undefined;
  #events = 0;
  #code: DeadCode | undefined;

  constructor(
    decision: string,
    reports: Pick<Reports, 'metrics' | 'logger'>,
    now: () => Date = () => new Date(),
  ) {
    this.#decision = decision;
    this.#reports = reports;
    this.#now = now;
  }

  delivered({ scores, fates, rows }: Pick<Outcome, 'scores' | 'fates' | 'rows'>): void {
    if (scores === null || rows.length === 0) return;
    const degraded = (scores.degraded ?? []).filter(({ row }) => fates.isAlive(row));
    const { metrics, logger } = this.#reports;
    const [first] = degraded;
    if (first === undefined) {
      if (this.#since === undefined) return;
      logger.info({ events: this.#events }, 'the model scores all events again');
      this.#since = undefined;
      return;
    }
    for (const { code } of degraded) metrics.recordsDegraded.inc({ code });
    if (this.#since === undefined) {
      this.#since = this.#now();
      this.#events = 0;
      const what = `the model has no score for some events; they get the decision ${this.#decision} (model.onFailure)`;
      logger.warn({ code: first.code }, what);
    }
    this.#events += degraded.length;
    this.#code = first.code;
  }

  /** For the readiness probe. */
  detail(): readonly string[] {
    if (this.#since === undefined) return [];
    return [
      `model degraded since ${this.#since.toISOString()}: ${this.#events} events got the decision ${this.#decision} without a score (${this.#code})`,
    ];
  }
}

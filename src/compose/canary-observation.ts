import type { ErrorCode } from '../errors.ts';
import type { Observation } from '../flow/observation.ts';
import type { Decisions } from '../flow/scores.ts';

/** What delivered batches show of a canary. */
export interface CanarySeen {
  /** Rows of its share that the champion or it could score. */
  readonly rows: number;
  /** Rows with a decision of both. */
  compared: number;
  /** Different decisions, by that of the champion and that of the canary. */
  readonly flips: Map<string, Map<string, number>>;
  /** Rows that only the champion could score, by the reason. */
  readonly fallbacks: Map<ErrorCode, number>;
}

/** Hears of a canary. */
export interface CanaryReport {
  /** A batch is delivered. */
  readonly delivered: (seen: CanarySeen) => void;
  /** The canary needed this time for some rows. */
  readonly inferred: (rows: number, seconds: number) => void;
  /** Measures its time, if that is due: divided by the time of the champion, for the same rows. */
  readonly measure: (compare: () => Promise<number | undefined>) => void;
  /** It does not answer any more. */
  readonly broken: (error: unknown) => void;
}

/** What a trial shows. It counts when the batch is delivered. */
export class CanaryObservation implements Observation {
  readonly #report: CanaryReport;
  readonly #seen: CanarySeen;
  readonly #others: CanaryObservation[] = [];
  #compare: (() => Promise<number | undefined>) | undefined;

  constructor(report: CanaryReport, rows: number) {
    this.#report = report;
    this.#seen = { rows, compared: 0, flips: new Map(), fallbacks: new Map() };
  }

  /** The champion decided for a row of the share. */
  fellBack(code: ErrorCode): void {
    const { fallbacks } = this.#seen;
    fallbacks.set(code, (fallbacks.get(code) ?? 0) + 1);
  }

  compare(champion: Decisions, decisions: Decisions, row: number): void {
    if (champion.index === null || decisions.index === null) return;
    const from = champion.names[champion.index[row]!]!;
    const to = decisions.names[decisions.index[row]!]!;
    this.#seen.compared++;
    if (from === to) return;
    const { flips } = this.#seen;
    const ofFrom = flips.get(from) ?? new Map<string, number>();
    ofFrom.set(to, (ofFrom.get(to) ?? 0) + 1);
    flips.set(from, ofFrom);
  }

  timed(compare: () => Promise<number | undefined>): void {
    this.#compare = compare;
  }

  /** Batches of one delivery may have different canaries. */
  merge(other: this): void {
    this.#others.push(other);
  }

  record(): void {
    this.#report.delivered(this.#seen);
    if (this.#compare !== undefined) this.#report.measure(this.#compare);
    for (const other of this.#others) other.record();
  }
}

import { wilson, type Interval } from './intervals.ts';

export const BINS = 1000;

/** Furthest log-odds with a bin of their own: 1 in 100,000. */
const FURTHEST = Math.log(1e5);

/**
 * The bin of a probability. The bins have the same width in log-odds, because scores of rare events
 * are all near 0, where equal steps of the score would put them into one bin.
 */
export function binOf(score: number): number {
  const odds = Math.log(score / (1 - score));
  return clamped(((odds + FURTHEST) / (2 * FURTHEST)) * BINS);
}

/** The bin of a score without bounds. */
export const unboundedBinOf = (score: number): number =>
  clamped(((Math.asinh(score) + 16) / 32) * BINS);

const clamped = (bin: number): number => Math.max(0, Math.min(BINS - 1, Math.floor(bin)));

/** How good the decisions and scores of some events were. */
export interface QualityFigures {
  readonly events: number;
  readonly labelled: number;
  readonly positives: number;
  /** The part of the events that has a label, or counts as negative. */
  readonly maturity: number | null;
  /** Null without decisions. */
  readonly alarms: AlarmFigures | null;
  readonly averagePrecision: number | null;
  readonly rocAuc: number | null;
  /** Null where scores are no probabilities. */
  readonly calibration: Calibration | null;
}

/** Alarms are decisions that are bad for whoever they are about, such as REJECT. */
export interface AlarmFigures {
  readonly caught: number;
  readonly falsePositives: number;
  readonly missed: number;
  readonly precision: number | null;
  readonly precisionInterval: Interval;
  readonly recall: number | null;
  readonly recallInterval: Interval;
  readonly falsePositiveRate: number | null;
}

/** Mean score and rate of positive labels, in ten groups of as many labelled events. */
export interface Calibration {
  readonly groups: readonly {
    readonly events: number;
    readonly score: number;
    readonly positive: number;
  }[];
  /** Expected calibration error: the mean distance of the two, weighted by events. */
  readonly error: number;
  readonly brier: number;
}

const Z = 1.959963984540054;
const GROUPS = 10;

/** Counts of scores and labels, by bins of the score. */
export class QualityTally {
  readonly #negatives = new Uint32Array(BINS);
  readonly #positives = new Uint32Array(BINS);
  readonly #scores = new Float64Array(BINS);
  #squares = 0;
  #events = 0;
  /** No alarm and alarm, each: without a label, negative, positive. */
  readonly #decided = new Float64Array(6);
  #withDecisions = true;
  /** All scores are probabilities. */
  #bounded = true;

  /** `label`: as in `score-day.ts`; `alarm`: null without decisions. */
  add(bin: number, score: number, label: number, alarm: boolean | null): void {
    this.#events++;
    if (alarm === null) this.#withDecisions = false;
    this.#decided[(alarm === true ? 3 : 0) + label]!++;
    if (score < 0 || score > 1) this.#bounded = false;
    if (label === 0) return;
    (label === 1 ? this.#negatives : this.#positives)[bin]!++;
    this.#scores[bin]! += score;
    this.#squares += (score - (label - 1)) ** 2;
  }

  merge(other: QualityTally): void {
    for (let bin = 0; bin < BINS; bin++) {
      this.#negatives[bin]! += other.#negatives[bin]!;
      this.#positives[bin]! += other.#positives[bin]!;
      this.#scores[bin]! += other.#scores[bin]!;
    }
    for (let i = 0; i < this.#decided.length; i++) this.#decided[i]! += other.#decided[i]!;
    this.#squares += other.#squares;
    this.#events += other.#events;
    this.#withDecisions &&= other.#withDecisions;
    this.#bounded &&= other.#bounded;
  }

  /** `lowerIsWorse`: low scores are those of positive events. */
  figures(lowerIsWorse: boolean): QualityFigures {
    const decided = this.#decided;
    const positives = decided[2]! + decided[5]!;
    const labelled = positives + decided[1]! + decided[4]!;
    return {
      events: this.#events,
      labelled,
      positives,
      maturity: part(labelled, this.#events),
      alarms: this.#withDecisions ? this.#alarms() : null,
      ...this.#ranking(lowerIsWorse, positives, labelled - positives),
      calibration: this.#bounded && labelled > 0 ? this.#calibration(labelled) : null,
    };
  }

  #alarms(): AlarmFigures {
    const [, negatives, missed, , falsePositives, caught] = this.#decided as unknown as Six;
    return {
      caught,
      falsePositives,
      missed,
      precision: part(caught, caught + falsePositives),
      precisionInterval: wilson(caught, caught + falsePositives, Z),
      recall: part(caught, caught + missed),
      recallInterval: wilson(caught, caught + missed, Z),
      falsePositiveRate: part(falsePositives, falsePositives + negatives),
    };
  }

  #ranking(
    lowerIsWorse: boolean,
    p: number,
    n: number,
  ): Pick<QualityFigures, 'averagePrecision' | 'rocAuc'> {
    let [precisions, wins, caught, taken] = [0, 0, 0, 0];
    for (let i = 0; i < BINS; i++) {
      const bin = lowerIsWorse ? i : BINS - 1 - i;
      const [more, others] = [this.#positives[bin]!, this.#negatives[bin]!];
      if (more + others === 0) continue;
      taken += more + others;
      caught += more;
      precisions += more * (caught / taken);
      wins += more * (n - (taken - caught) + others / 2);
    }
    return {
      averagePrecision: p === 0 ? null : precisions / p,
      rocAuc: p === 0 || n === 0 ? null : wins / (p * n),
    };
  }

  #calibration(labelled: number): Calibration {
    const groups: { events: number; score: number; positive: number }[] = [];
    let [events, score, positive, error] = [0, 0, 0, 0];
    for (let bin = 0; bin < BINS; bin++) {
      events += this.#negatives[bin]! + this.#positives[bin]!;
      score += this.#scores[bin]!;
      positive += this.#positives[bin]!;
      if (events === 0 || (events < labelled / GROUPS && bin < BINS - 1)) continue;
      groups.push({ events, score: score / events, positive: positive / events });
      error += Math.abs(score - positive);
      [events, score, positive] = [0, 0, 0];
    }
    return { groups, error: error / labelled, brier: this.#squares / labelled };
  }
}

type Six = readonly [number, number, number, number, number, number];

const part = (hits: number, of: number): number | null => (of === 0 ? null : hits / of);

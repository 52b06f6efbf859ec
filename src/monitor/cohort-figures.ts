import { CELLS } from './fairness-window.ts';
import { binOf, QualityTally, unboundedBinOf, type QualityFigures } from './quality-tally.ts';
import { CODES, GROUPS, NEGATIVE, SCORE, UNLABELLED, type ScoreDay } from './score-day.ts';

/** Events of one version of the model; of one segment, or (null) of all. */
export interface Cohort {
  readonly version: number;
  /** 0: no segment. */
  readonly segment: number | null;
  readonly tally: QualityTally;
}

/** What is counted of a day. */
export interface DayCounts {
  /** By version, and by version and segment where there are segments. */
  readonly cohorts: ReadonlyMap<number, Cohort>;
  /** By field and group: false alarms, negatives, missed, positives. */
  readonly groups: Float64Array;
}

export interface CountingOptions {
  /** By number: whether a decision is an alarm; null where there are no decisions (0). */
  readonly alarm: (decision: number) => boolean | null;
  /** By number: whether a decision is favourable; undefined without `fairness`. */
  readonly favourable: ((decision: number) => boolean) | undefined;
  /** By number: whether all scores of a version are probabilities. */
  readonly bounded: (version: number) => boolean;
  /** Events without a label count as negative. */
  readonly unlabelledIsNegative: boolean;
  /** Number of fields of `fairness`. */
  readonly fields: number;
}

/** For each group of a field: false alarms, negatives, missed, positives. */
export const GROUP_CELLS = 2 * CELLS;
/** The group of a restored event whose field is not on its score record. */
export const UNKNOWN_GROUP = 0xff;

/** Versions and segments in one number; a segment of 0xff stands for all. */
const cohortKey = (version: number, segment: number): number => (version << 8) | segment;
const ALL = 0xff;

/** Counts the events of a day by version, segment and group. */
export function countDay(day: ScoreDay, options: CountingOptions): DayCounts {
  const { alarm, favourable, bounded, unlabelledIsNegative, fields } = options;
  const cohorts = new Map<number, Cohort>();
  const groups = new Float64Array(fields * GROUP_CELLS);
  const { words, floats } = day;
  const cohortOf = (version: number, segment: number): Cohort => {
    const key = cohortKey(version, segment);
    let cohort = cohorts.get(key);
    if (cohort === undefined) {
      const named = segment === ALL ? null : segment;
      cohorts.set(key, (cohort = { version, segment: named, tally: new QualityTally() }));
    }
    return cohort;
  };
  day.forEach((at) => {
    const codes = words[at + CODES]!;
    const [decision, version, segment] = [
      codes >>> 24,
      (codes >>> 16) & 0xff,
      (codes >>> 8) & 0xff,
    ];
    const own = day.label(at);
    const label = own === UNLABELLED && unlabelledIsNegative ? NEGATIVE : own;
    const score = floats[at + SCORE]!;
    const bin = bounded(version) ? binOf(score) : unboundedBinOf(score);
    const isAlarm = alarm(decision);
    cohortOf(version, ALL).tally.add(bin, score, label, isAlarm);
    if (segment !== 0) cohortOf(version, segment).tally.add(bin, score, label, isAlarm);
    if (favourable === undefined || label === UNLABELLED) return;
    const good = favourable(decision);
    for (let field = 0; field < fields; field++) {
      const group = (words[at + GROUPS]! >>> (24 - 8 * field)) & 0xff;
      if (group === UNKNOWN_GROUP) continue;
      const cell = field * GROUP_CELLS + 4 * group;
      if (label === NEGATIVE) {
        groups[cell + 1]!++;
        if (!good) groups[cell]!++;
      } else {
        groups[cell + 3]!++;
        if (good) groups[cell + 2]!++;
      }
    }
  });
  return { cohorts, groups };
}

/** Adds the counts of another day. */
export function addCounts(into: Map<number, Cohort>, cohorts: ReadonlyMap<number, Cohort>): void {
  for (const [key, { version, segment, tally }] of cohorts) {
    let own = into.get(key);
    if (own === undefined) into.set(key, (own = { version, segment, tally: new QualityTally() }));
    own.tally.merge(tally);
  }
}

/** Figures with the names of what they are about. */
export interface CohortFigures extends QualityFigures {
  readonly model: string;
  /** Null: all events of the version. */
  readonly segment: string | null;
}

import type { CohortFigures } from '../monitor/cohort-figures.ts';
import type { GroupField } from '../monitor/fairness-window.ts';
import { ALL_SEGMENTS, maturityOf, type Maturity } from '../monitor/label-maturity.ts';
import type { Agreement } from '../monitor/override-tally.ts';
import type { DayFigures, QualityMonitor } from '../monitor/quality-monitor.ts';
import type { QualityFigures } from '../monitor/quality-tally.ts';
import { groupRates, type GroupRates } from './quality-report.ts';

interface Named {
  readonly version: string;
  /** Null for those beyond the 32 versions that are told apart. */
  readonly sha256: string | null;
  /** Null: all events of the version. */
  readonly segment: string | null;
}

/** How good the scores of a range were. Plain data, for JSON. */
export interface QualityEvidence {
  readonly labels: {
    readonly topic: string;
    /** Labels that were written later do not count; null: all count that are there. */
    readonly to: string | null;
    /** The time up to which labels are known: that of the last one, if `to` is null. */
    readonly asOf: string;
    readonly horizonDays: number;
    readonly unlabelled: string;
    readonly outcomes: Readonly<Record<string, number>>;
  };
  /** Score records: those that are joined with labels, and those that are not. */
  readonly scores: {
    readonly records: number;
    readonly withoutIdOrScore: number;
    /** The time of the event is more than a week before the range, or after it. */
    readonly outOfRange: number;
  };
  /** By version, and by version and segment where there are segments. */
  readonly versions: readonly (Named &
    Maturity & {
      /** Labels that came after the horizon. */
      readonly late: number;
      /** Of the days whose labels are there, or nearly all of them; null: there is no such day. */
      readonly figures: QualityFigures | null;
    })[];
  readonly days: readonly (Omit<DayFigures, 'cohorts'> & {
    readonly cohorts: readonly (Named & QualityFigures)[];
  })[];
  readonly groups: readonly GroupRates[];
  readonly overrides: {
    readonly topic: string;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly agreement: readonly Agreement[];
  } | null;
}

/** `late`: late labels by `maturityKey`. */
export function qualityFigures(
  monitor: QualityMonitor,
  fields: readonly GroupField[],
  late: ReadonlyMap<number, number>,
  given: Pick<QualityEvidence, 'labels' | 'scores' | 'overrides'>,
): QualityEvidence {
  const { table, names } = monitor;
  const keyOf = (of: Named): string => JSON.stringify([of.version, of.sha256, of.segment]);
  const mature = new Map(monitor.mature.map(named).map((one) => [keyOf(one), one]));
  const versions = [...maturityOf(table)].map(([key, maturity]) => {
    const [version, segment] = [key >>> 8, key & 0xff];
    const of = {
      ...versionOf(names.versions.all[version]!),
      segment: segment === ALL_SEGMENTS ? null : names.segmentName(segment),
    };
    const found = mature.get(keyOf(of));
    return {
      ...of,
      ...maturity,
      late: late.get(key) ?? 0,
      figures: found ? withoutName(found) : null,
    };
  });
  const { labels, scores, overrides } = given;
  return {
    labels,
    scores,
    versions: versions.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    days: monitor.days.map((day) => ({
      ...day,
      cohorts: day.cohorts.map(named).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    })),
    groups: groupRates(monitor.groups, fields),
    overrides,
  };
}

function named({ model, ...figures }: CohortFigures): Named & QualityFigures {
  return { ...versionOf(model), ...figures };
}

function withoutName({
  version: _v,
  sha256: _s,
  segment: _g,
  ...figures
}: Named & QualityFigures): QualityFigures {
  return figures;
}

/** The name that `keepScores` has given to a version; others share one name. */
function versionOf(name: string): Pick<Named, 'version' | 'sha256'> {
  if (!name.startsWith('[')) return { version: name, sha256: null };
  const [version, sha256] = JSON.parse(name) as [string, string];
  return { version, sha256 };
}

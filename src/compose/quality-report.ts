import { GROUP_CELLS } from '../monitor/cohort-figures.ts';
import type { GroupField } from '../monitor/fairness-window.ts';
import { isTooSmall, wilson, type Interval } from '../monitor/intervals.ts';

/** A rate with its counts. */
export interface CountedRate {
  readonly count: number;
  readonly of: number;
  /** Null without events. */
  readonly rate: number | null;
  readonly interval: Interval;
  readonly tooSmall: boolean;
}

/** How often decisions about the groups of a field were wrong. */
export interface GroupRates {
  readonly by: string;
  readonly groups: readonly {
    readonly group: string;
    /** Label 0, and the decision was not favourable. */
    readonly falsePositives: CountedRate;
    /** Label 1, and the decision was favourable. */
    readonly falseNegatives: CountedRate;
  }[];
}

const Z = 1.959963984540054;

/** The rates of each group, by the counts of `countDay`. */
export function groupRates(counts: Float64Array, fields: readonly GroupField[]): GroupRates[] {
  if (counts.length === 0) return [];
  return fields.map(({ path, names }, field) => ({
    by: path,
    groups: names.all.flatMap((group, code) => {
      const at = field * GROUP_CELLS + 4 * code;
      const [falsePositives, negatives, falseNegatives, positives] = counts.subarray(at, at + 4);
      if (negatives! + positives! === 0) return [];
      return [
        {
          group,
          falsePositives: rateOf(falsePositives!, negatives!),
          falseNegatives: rateOf(falseNegatives!, positives!),
        },
      ];
    }),
  }));
}

const rateOf = (count: number, of: number): CountedRate => ({
  count,
  of,
  rate: of === 0 ? null : count / of,
  interval: wilson(count, of, Z),
  tooSmall: isTooSmall({ hits: count, of }),
});

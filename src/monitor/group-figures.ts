import { rateAtAllTimes } from './confidence-sequence.ts';
import {
  isTooSmall,
  ratioInterval,
  standardErrors,
  wilson,
  type Interval,
  type Rate,
} from './intervals.ts';

/** How one group fares, beside the best one. */
export interface GroupFigures {
  readonly group: string;
  readonly events: number;
  readonly favourable: number;
  /** Selection rate: the part of favourable decisions. Null without events. */
  readonly rate: number | null;
  readonly rateInterval: Interval;
  /** It has fewer than ten events of either kind, and below 1,000 in all, so it is not judged. */
  readonly tooSmall: boolean;
  /** It has the highest rate of the groups that can be judged. The others are compared with it. */
  readonly best: boolean;
  /**
   * Its rate divided by that of the best group; null where one of the two cannot be judged, or
   * where the best is 0.
   */
  readonly ratio: number | null;
  /** Of the ratio, at 95 % for all groups together, for somebody who looks once. */
  readonly ratioInterval: Interval | null;
  /** Of the ratio, for somebody who looks all the time: the alarm follows this one. */
  readonly alwaysValid: Interval | null;
  /** All of `alwaysValid` is below the limit. */
  readonly below: boolean;
}

export interface Judging {
  /** Lowest acceptable ratio to the best group. */
  readonly minRatio: number;
  /** Probability that bounds at all times leave out the rate of a group. */
  readonly alpha: number;
}

/** A group of events that has a name, and is not made of several others. */
export interface CountedGroup extends Rate {
  readonly group: string;
  /** Events without a value, or of all further values: shown, never judged. */
  readonly rest: boolean;
}

/** A group below this part of all events is not the one that others are compared with. */
const LEAST_PART_OF_BEST = 0.01;
const OUTSIDE = 0.05;

/** Compares the groups of one field. */
export function groupFigures(
  groups: readonly CountedGroup[],
  { minRatio, alpha }: Judging,
): GroupFigures[] {
  const { judged, best } = comparedOf(groups);
  const z = standardErrors(OUTSIDE / Math.max(1, judged.length));
  const ofBest = best && rateAtAllTimes(best.hits, best.of, alpha);
  return groups.map((one): GroupFigures => {
    const { group, hits, of } = one;
    const figures = {
      group,
      events: of,
      favourable: hits,
      rate: of === 0 ? null : hits / of,
      rateInterval: wilson(hits, of, z),
      tooSmall: isTooSmall(one),
      best: one === best,
    };
    if (best === undefined || one === best || !judged.includes(one))
      return { ...figures, ratio: null, ratioInterval: null, alwaysValid: null, below: false };
    const alwaysValid = ratioAtAllTimes(rateAtAllTimes(hits, of, alpha), ofBest!);
    return {
      ...figures,
      ratio: best.hits === 0 ? null : rateOf(one) / rateOf(best),
      ratioInterval: ratioInterval(one, best, z),
      alwaysValid,
      below: alwaysValid.high < minRatio,
    };
  });
}

/**
 * The groups that are `below`. Nearly always no rate is below the limit itself, and then nobody needs
 * an interval.
 */
export function groupsBelow(
  groups: readonly CountedGroup[],
  { minRatio, alpha }: Judging,
): string[] {
  const { judged, best } = comparedOf(groups);
  if (best === undefined) return [];
  const low = judged.filter((one) => one !== best && rateOf(one) < minRatio * rateOf(best));
  if (low.length === 0) return [];
  const ofBest = rateAtAllTimes(best.hits, best.of, alpha);
  return low
    .filter(({ hits, of }) => {
      const { high } = ratioAtAllTimes(rateAtAllTimes(hits, of, alpha), ofBest);
      return high < minRatio;
    })
    .map(({ group }) => group);
}

/** The groups that can be judged, and the one that the others are compared with. */
function comparedOf(groups: readonly CountedGroup[]): {
  readonly judged: readonly CountedGroup[];
  readonly best: CountedGroup | undefined;
} {
  const judged = groups.filter((one) => !one.rest && !isTooSmall(one));
  const all = groups.reduce((sum, { of }) => sum + of, 0);
  const best = judged
    .filter(({ of }) => of >= LEAST_PART_OF_BEST * all)
    .reduce<CountedGroup | undefined>(
      (high, one) => (high === undefined || rateOf(one) > rateOf(high) ? one : high),
      undefined,
    );
  return { judged, best };
}

const ratioAtAllTimes = (own: Interval, best: Interval): Interval => ({
  low: own.low / best.high,
  high: own.high / best.low,
});

const rateOf = ({ hits, of }: Rate): number => hits / of;

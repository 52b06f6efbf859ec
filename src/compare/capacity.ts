import { UNLABELLED, type Side } from './compared-batch.ts';
import { NO_DAY, type ScoreStore } from './score-store.ts';

/** The threshold that a limit of reviews needs, and what it finds. */
export interface Threshold {
  /** Events with this score or a worse one are reviewed. Null: nothing can be reviewed. */
  readonly threshold: number | null;
  readonly reviewed: number;
  readonly perDay: { readonly mean: number; readonly max: number };
  /** With labels: what is among the reviewed events. */
  readonly found?: Found;
}

export interface Found {
  readonly positives: number;
  readonly negatives: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly amount?: { readonly caught: number; readonly missed: number };
}

/** The threshold of each side for so many reviews a day. */
export interface Capacity {
  readonly perDay: number;
  /** Days (UTC) that have events. */
  readonly days: number;
  /** Scored events without a time. They are in no day and are left out. */
  readonly withoutTime: number;
  /** On average over the days, no more than the capacity. */
  readonly onAverage: Threshold;
  /** On no day more than the capacity. */
  readonly everyDay: Threshold;
  /** What each day alone would have needed. */
  readonly byDay: readonly { readonly day: string; readonly threshold: number | null }[];
}

export interface CapacityOptions {
  readonly perDay: number;
  /** Lower scores are worse. */
  readonly descending: boolean;
  readonly amounts: boolean;
  readonly labels: boolean;
}

export function capacityOf(store: ScoreStore, side: Side, options: CapacityOptions): Capacity {
  const { perDay, descending } = options;
  const { byDay, withoutTime } = badnessByDay(store, side, descending);
  const days = [...byDay].sort(([a], [b]) => a - b);
  const all = concat(days.map(([, scores]) => scores)).sort();
  const limits = days.map(([, scores]) => limitOf(scores, perDay));
  const onAverage = lowestAbove(all, limitOf(all, Math.floor(perDay * days.length)));
  const everyDay = lowestAbove(
    all,
    limits.reduce((most, limit) => Math.max(most, limit), -Infinity),
  );
  const outcome = (badness: number): Threshold => {
    const counts = days.map(([, scores]) => atLeast(scores, badness));
    const reviewed = counts.reduce((sum, count) => sum + count, 0);
    return {
      threshold: shown(badness, descending),
      reviewed,
      perDay: {
        mean: days.length === 0 ? 0 : reviewed / days.length,
        max: counts.reduce((most, count) => Math.max(most, count), 0),
      },
      ...(options.labels ? { found: foundBy(store, side, badness, options) } : {}),
    };
  };
  return {
    perDay,
    days: days.length,
    withoutTime,
    onAverage: outcome(onAverage),
    everyDay: outcome(everyDay),
    byDay: days.map(([day, scores], i) => ({
      day: dayName(day),
      threshold: shown(lowestAbove(scores, limits[i]!), descending),
    })),
  };
}

/**
 * The worst score that must not be reviewed if no more than `most` may be: a threshold has to be
 * above it. All of a tie are reviewed, or none.
 */
function limitOf(sorted: Float64Array, most: number): number {
  return most >= sorted.length ? -Infinity : sorted[sorted.length - most - 1]!;
}

/** The lowest of the scores above a limit. Infinity: there is none, so nothing can be reviewed. */
function lowestAbove(sorted: Float64Array, limit: number): number {
  return sorted[sorted.length - atLeast(sorted, limit, false)] ?? Infinity;
}

/** How many of the sorted scores are at least as high, or (not `even`) higher. */
function atLeast(sorted: Float64Array, score: number, even = true): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < score || (!even && sorted[middle] === score)) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low;
}

const shown = (badness: number, descending: boolean): number | null =>
  Number.isFinite(badness) ? (descending ? -badness : badness) : null;

const badnessOf = (score: number, descending: boolean): number => (descending ? -score : score);

/** The scores of each day, sorted, so that higher is worse. */
function badnessByDay(
  store: ScoreStore,
  side: Side,
  descending: boolean,
): { readonly byDay: ReadonlyMap<number, Float64Array>; readonly withoutTime: number } {
  const counts = new Map<number, number>();
  let withoutTime = 0;
  for (let i = 0; i < store.length; i++) {
    if (Number.isNaN(store.score(side, i))) continue;
    const day = store.day(i);
    if (day === NO_DAY) withoutTime++;
    else counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  const byDay = new Map([...counts].map(([day, count]) => [day, new Float64Array(count)]));
  const filled = new Map<number, number>();
  for (let i = 0; i < store.length; i++) {
    const score = store.score(side, i);
    const day = store.day(i);
    if (Number.isNaN(score) || day === NO_DAY) continue;
    const at = filled.get(day) ?? 0;
    byDay.get(day)![at] = badnessOf(score, descending);
    filled.set(day, at + 1);
  }
  for (const scores of byDay.values()) scores.sort();
  return { byDay, withoutTime };
}

function foundBy(
  store: ScoreStore,
  side: Side,
  badness: number,
  { descending, amounts }: CapacityOptions,
): Found {
  let [positives, negatives, all, caught, missed] = [0, 0, 0, 0, 0];
  for (let i = 0; i < store.length; i++) {
    const score = store.score(side, i);
    const label = store.label(i);
    if (Number.isNaN(score) || label === UNLABELLED || store.day(i) === NO_DAY) continue;
    const reviewed = badnessOf(score, descending) >= badness;
    const amount = amounts && !Number.isNaN(store.amount(i)) ? store.amount(i) : 0;
    if (label === 1) {
      all++;
      if (reviewed) caught += amount;
      else missed += amount;
    }
    if (!reviewed) continue;
    if (label === 1) positives++;
    else negatives++;
  }
  return {
    positives,
    negatives,
    precision: positives + negatives === 0 ? null : positives / (positives + negatives),
    recall: all === 0 ? null : positives / all,
    ...(amounts ? { amount: { caught, missed } } : {}),
  };
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** 2026-11-27 */
export function dayName(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

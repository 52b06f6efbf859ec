import type { FeatureReference, Histogram } from './profile.ts';

/**
 * The slots of a series: every row is in exactly one. Of a number: missing, below the range, the
 * bins, above the range. Of a category: missing, the frequent ones, the others, never seen.
 */
export interface Slots {
  readonly kind: 'numeric' | 'categorical';
  /** What each slot holds, for people. */
  readonly names: readonly string[];
  /** Rows of the reference in each slot. */
  readonly counts: readonly number[];
  /** Slots of values in ascending order, for a number. */
  readonly ordered: readonly number[];
}

export const MISSING = 0;

/** The slots of the distribution of a number; without missing values, that slot is empty. */
export function numericSlots({ edges, counts, low, high }: Histogram, missing: number): Slots {
  // Short, where that tells the bins apart.
  const bounds = [low, ...edges, high];
  const short = new Set(bounds.map(rounded)).size === new Set(bounds).size;
  const text = (value: number): string => String(short ? rounded(value) : value);
  const binName = (from: number | undefined, to: number | undefined): string => {
    if (from === undefined) return to === undefined ? 'in range' : `< ${text(to)}`;
    return to === undefined ? `>= ${text(from)}` : `${text(from)} to ${text(to)}`;
  };
  const names = [
    'missing',
    `below ${text(low)}`,
    ...counts.map((_, i) => binName(edges[i - 1], edges[i])),
    `above ${text(high)}`,
  ];
  return {
    kind: 'numeric',
    names,
    counts: [missing, 0, ...counts, 0],
    ordered: names.slice(1).map((_, i) => i + 1),
  };
}

export function slotsOf(feature: FeatureReference): Slots {
  if (feature.kind === 'numeric') return numericSlots(feature, feature.missing);
  const { categories, counts, missing, others } = feature;
  return {
    kind: 'categorical',
    names: ['missing', ...categories.map((name) => `= ${name}`), 'other', 'never seen'],
    counts: [missing, ...counts, others, 0],
    ordered: [],
  };
}

/** The counts of an hour of the week, as profile.json has them, in these slots. */
export function hourSlots(kind: Slots['kind'] | 'score', counts: readonly number[]): number[] {
  if (kind === 'categorical') return [...counts, 0];
  const [missing, bins] = kind === 'score' ? [0, counts] : [counts[0]!, counts.slice(1)];
  return [missing, 0, ...bins, 0];
}

const rounded = (value: number): number => Number(value.toPrecision(6));

/** Shares of the slots: a slot without rows has a little, because its share is not known to be 0. */
export function sharesOf(counts: readonly number[]): Float64Array {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return Float64Array.from(counts, (count) => (count + 0.5) / (rows + counts.length / 2));
}

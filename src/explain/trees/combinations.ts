import type { Block } from './blocks.ts';
import { ONE_CLASS, type Classes, type FeatureClasses } from './classes.ts';

/** What is added to one byte of a combination's number where a rank is above a threshold. */
export interface Difference {
  readonly feature: number;
  /** Index of the threshold; undefined for what a missing value adds. */
  readonly threshold: number | undefined;
  readonly difference: number;
}

/**
 * How the combinations of a block are numbered: the features are digits, the first the lowest. A
 * number has two bytes, and `radix` is what the second counts.
 */
export interface Combinations {
  /** Only those that tell paths apart. */
  readonly features: readonly BlockFeature[];
  readonly low: readonly Difference[];
  readonly high: readonly Difference[];
  readonly radix: number;
  readonly size: number;
}

export interface BlockFeature {
  readonly all: FeatureClasses;
  /** Which of them the block has. */
  readonly number: number;
  readonly classes: Classes;
}

const BYTE = 256;

/** Undefined if the classes of the features do not fit into two bytes. */
export function combinationsOf(
  { classes, size }: Block,
  all: readonly FeatureClasses[],
): Combinations | undefined {
  const features = all.flatMap((own, place): BlockFeature[] => {
    const number = classes[place]!;
    return number === ONE_CLASS ? [] : [{ all: own, number, classes: own.classes(number) }];
  });
  const digits = { low: [] as BlockFeature[], high: [] as BlockFeature[] };
  const sizes = { low: 1, high: 1 };
  for (const feature of features.sort((a, b) => b.classes.count - a.classes.count)) {
    const { count } = feature.classes;
    const byte = sizes.low * count <= BYTE ? 'low' : 'high';
    digits[byte].push(feature);
    sizes[byte] *= count;
  }
  if (sizes.low > BYTE || sizes.high > BYTE) return undefined;
  return {
    features: [...digits.low, ...digits.high],
    low: differencesOf(digits.low),
    high: differencesOf(digits.high),
    radix: sizes.low,
    size,
  };
}

function differencesOf(features: readonly BlockFeature[]): Difference[] {
  const differences: Difference[] = [];
  let unit = 1;
  for (const { all, classes } of features) {
    const { feature } = all;
    const { turns, ranges, nan, count } = classes;
    for (const [i, threshold] of turns.entries())
      differences.push({ feature, threshold, difference: unit * (ranges[i + 1]! - ranges[i]!) });
    // A missing value is above all thresholds, and has gone through all of them.
    const last = ranges.at(-1)!;
    if (nan !== last)
      differences.push({ feature, threshold: undefined, difference: unit * (nan - last) });
    unit *= count;
  }
  return differences;
}

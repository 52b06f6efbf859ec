import type { Tree } from '../../onnx/trees/tree-ensemble.ts';

/** All numbers that trees compare a feature with, ascending. */
export interface Thresholds {
  /** By feature. */
  readonly sorted: readonly Float32Array[];
  readonly indexOf: (feature: number, threshold: number) => number;
  /** How many of them are below a value; -1 for a missing value. */
  readonly rank: (feature: number, value: number) => number;
}

export function thresholdsOf(trees: readonly Tree[], width: number): Thresholds {
  const found = Array.from({ length: width }, () => new Set<number>());
  for (const { features, thresholds } of trees)
    for (let i = 0; i < features.length; i++) found[features[i]!]!.add(thresholds[i]!);
  const sorted = found.map((set) => Float32Array.from(set).sort());
  const below = (feature: number, value: number): number => {
    const list = sorted[feature]!;
    let [from, to] = [0, list.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (list[middle]! < value) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  return {
    sorted,
    indexOf: below,
    rank: (feature, value) => (Number.isNaN(value) ? -1 : below(feature, value)),
  };
}

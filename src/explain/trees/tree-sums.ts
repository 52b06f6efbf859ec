import type { Ensemble, Tree } from '../../onnx/trees/tree-ensemble.ts';

/** The leaf that a row reaches. */
export function leafOf(tree: Tree, x: Float32Array, row: number): number {
  const { features, thresholds, nanPasses, yes, no } = tree;
  let at = tree.root;
  while (at >= 0) {
    const value = x[row + features[at]!]!;
    const passes = value <= thresholds[at]! || (value !== value && nanPasses[at] === 1);
    at = (passes ? yes : no)[at]!;
  }
  return ~at;
}

/** The sums of all trees in double precision: rows × targets. `width`: numbers of a row. */
export function treeSums(
  { trees }: Ensemble,
  targets: number,
  x: Float32Array,
  rows: number,
  width: number,
): Float64Array {
  const sums = new Float64Array(rows * targets);
  for (const tree of trees) {
    for (let row = 0; row < rows; row++) {
      const leaf = leafOf(tree, x, row * width);
      for (const [target, values] of tree.values) sums[row * targets + target]! += values[leaf]!;
    }
  }
  return sums;
}

import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import type { TreeExplainer } from './tree-explainer.ts';

/** Relative to the size of the numbers that are added. */
const TOLERANCE = 1e-5;

/**
 * The contributions of rows. Throws `UnsupportedTrees` if those of a row do not add up to its raw
 * number.
 */
export function addUp(
  { base, columns, explain, raw }: Pick<TreeExplainer, 'base' | 'columns' | 'explain' | 'raw'>,
  matrix: Float32Array,
  rows: number,
): Float64Array {
  const contributions = explain(matrix, rows);
  const expected = raw(matrix, rows);
  for (let row = 0; row < rows; row++) {
    let sum = base;
    let size = Math.abs(base);
    for (let column = 0; column < columns; column++) {
      const contribution = contributions[row * columns + column]!;
      sum += contribution;
      size += Math.abs(contribution);
    }
    // also if one of them is not a number
    if (!(Math.abs(sum - expected[row]!) <= TOLERANCE * (size + Math.abs(expected[row]!))))
      throw new UnsupportedTrees('the contributions of their features do not add up to the score');
  }
  return contributions;
}

/** Whether contributions are those of the exact walk, relative to the largest of a row. */
export function isAsExact(found: Float64Array, exact: Float64Array, columns: number): boolean {
  let scale = 0;
  for (let from = 0; from < exact.length; from += columns) {
    const row = exact.subarray(from, from + columns);
    scale = Math.max(
      scale,
      row.reduce((sum, contribution) => sum + Math.abs(contribution), 0),
    );
  }
  return (
    found.length === exact.length &&
    found.every((contribution, i) => Math.abs(contribution - exact[i]!) <= TOLERANCE * scale)
  );
}

/**
 * Whether the model itself gives the scores that the trees make. `scores`: those of the model, one
 * for each row.
 */
export function isOfTrees(
  { scores: ofTrees }: Pick<TreeExplainer, 'scores'>,
  matrix: Float32Array,
  rows: number,
  scores: ArrayLike<number>,
): boolean {
  const made = ofTrees(matrix, rows);
  if (scores.length !== rows) return false;
  return made.every((score, row) => {
    const given = scores[row]!;
    return Math.abs(score - given) <= TOLERANCE * (1 + Math.abs(given));
  });
}

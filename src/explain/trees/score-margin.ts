import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import type { TreeModel } from '../../onnx/trees/tree-model.ts';

/**
 * How the sum of one target becomes the raw number behind a score, which is explained:
 * `start + factor × sum`.
 */
export interface Margin {
  readonly target: number;
  readonly factor: number;
  readonly start: number;
  /** The last function of the trees, from the raw number to the score. */
  readonly link: 'identity' | 'logistic' | 'softmax';
}

/**
 * The raw number of an output's column: the log-odds of a boosted classifier, the probability
 * itself of a forest. Throws `UnsupportedTrees` if the trees have no such column.
 */
export function marginOf({ aggregation }: TreeModel, column: number): Margin {
  const { width, baseValues, divisor, other, postTransform } = aggregation;
  if (!Number.isInteger(column) || column < 0 || column >= width)
    throw new UnsupportedTrees(`they have no column ${column}`);
  const link = ({ NONE: 'identity', LOGISTIC: 'logistic', SOFTMAX: 'softmax' } as const)[
    postTransform
  ];
  const base = (target: number): number => baseValues[target]!;
  if (other === undefined)
    return { target: column, factor: 1 / divisor, start: base(column), link };
  if (column === 1) return { target: 0, factor: 1, start: base(0), link };
  // The first of two columns is computed from the second: 1 - p, 1 - logistic(x) = logistic(-x), or
  // -x.
  const whole = other === 'complement' && link === 'identity' ? 1 : 0;
  return { target: 0, factor: -1, start: whole - base(0), link };
}

/** The raw numbers of rows, from the sums of their trees. */
export function marginsOf({ target, factor, start }: Margin, sums: Float64Array, targets: number) {
  const margins = new Float64Array(sums.length / targets);
  for (let row = 0; row < margins.length; row++)
    margins[row] = start + factor * sums[row * targets + target]!;
  return margins;
}

/** The scores that the trees make of the sums of rows. */
export function scoresOf(model: TreeModel, column: number, sums: Float64Array): Float64Array {
  const margin = marginOf(model, column);
  const { targets, baseValues } = model.aggregation;
  const scores = marginsOf(margin, sums, targets);
  for (let row = 0; row < scores.length; row++) {
    const raw = scores[row]!;
    if (margin.link === 'logistic') scores[row] = 1 / (1 + Math.exp(-raw));
    if (margin.link !== 'softmax') continue;
    let all = 0;
    for (let target = 0; target < targets; target++)
      all += Math.exp(sums[row * targets + target]! + baseValues[target]! - raw);
    scores[row] = 1 / all;
  }
  return scores;
}

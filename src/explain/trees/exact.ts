import type { Ensemble, Tree } from '../../onnx/trees/tree-ensemble.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { coverRatios } from './cover-ratios.ts';
import type { Margin } from './score-margin.ts';
import { stepsOf } from './steps.ts';
import { BackgroundWalk } from './walk-background.ts';
import { CoversWalk, expectedValue } from './walk-covers.ts';

/** Contributions of the features of rows, in double precision. */
export interface Contributions {
  readonly base: number;
  readonly note: string;
  readonly explain: (matrix: Float32Array, rows: number) => Float64Array;
}

/** Slow, exact, and without memory: every row walks through all trees, beside each other row. */
export function exactByBackground(
  { trees }: Ensemble,
  { target, factor }: Margin,
  width: number,
  { matrix: background, rows: others }: { readonly matrix: Float32Array; readonly rows: number },
  raw: (matrix: Float32Array, rows: number) => Float64Array,
): Contributions {
  if (others < 1 || background.length !== others * width)
    throw new UnsupportedTrees('the background has no rows of their input');
  let base = 0;
  for (const number of raw(background, others)) base += number / others;
  const walk = new BackgroundWalk(width);
  const made = scoring(trees, target);
  return {
    base,
    note: `exact, against ${others} rows of the background, tree by tree`,
    explain: (x, rows) => {
      const phi = new Float64Array(rows * width);
      for (let row = 0; row < rows; row++) {
        for (const { steps, values } of made) {
          for (let other = 0; other < others; other++) {
            const pair = { x, row: row * width, background, other: other * width };
            walk.add(steps, values, pair, phi, row * width);
          }
        }
      }
      for (let i = 0; i < phi.length; i++) phi[i]! *= factor / others;
      return phi;
    },
  };
}

/** Slow, exact, and without memory: every row walks to all leaves. */
export function exactByCovers(
  { trees: all }: Ensemble,
  margin: Margin,
  width: number,
): Contributions {
  const { target, factor, start } = margin;
  const trees = scoring(all, target).map((scored) => ({
    ...scored,
    ratios: coverRatios(scored.steps, scored.number),
  }));
  let base = start;
  for (const { steps, values, ratios: shares } of trees)
    base += factor * expectedValue(steps, values, shares);
  const walk = new CoversWalk(width);
  return {
    base,
    note: 'exact, by the covers in the file, leaf by leaf',
    explain: (x, rows) => {
      const phi = new Float64Array(rows * width);
      for (let row = 0; row < rows; row++) {
        for (const { steps, values, ratios: shares } of trees)
          walk.add(steps, values, shares, x, row * width, phi, row * width);
      }
      for (let i = 0; i < phi.length; i++) phi[i]! *= factor;
      return phi;
    },
  };
}

/** The trees that add to a target. */
function scoring(trees: readonly Tree[], target: number) {
  return trees.flatMap((tree, number) => {
    const values = tree.values.get(target);
    return values === undefined ? [] : [{ number, steps: stepsOf(tree), values }];
  });
}

import type { Margin } from './score-margin.ts';
import type { ScoringTree } from './scoring-trees.ts';
import { BackgroundWalk } from './walk-background.ts';
import { CoversWalk, expectedValue } from './walk-covers.ts';

/** Contributions of the features of rows: rows × width numbers for rows × width. */
export type Explain = (matrix: Float32Array, rows: number) => Float64Array;

export interface Background {
  readonly matrix: Float32Array;
  readonly rows: number;
}

/** Slow, exact, and without memory: every row walks through all trees, beside all other rows. */
export function exactByBackground(
  trees: readonly ScoringTree[],
  { factor }: Margin,
  width: number,
  { matrix: background, rows: others }: Background,
): Explain {
  const walk = new BackgroundWalk(width, background, others);
  return (x, rows) => {
    const phi = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      const given = { x, row: row * width };
      for (const { steps, values } of trees) walk.add(steps, values, given, phi, row * width);
    }
    for (let i = 0; i < phi.length; i++) phi[i]! *= factor / others;
    return phi;
  };
}

/** Slow, exact, and without memory: every row walks to all leaves. */
export function exactByCovers(
  trees: readonly ScoringTree[],
  { factor }: Margin,
  width: number,
): Explain {
  const walk = new CoversWalk(width);
  return (x, rows) => {
    const phi = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (const { steps, values, ratios } of trees)
        walk.add(steps, values, ratios!, x, row * width, phi, row * width);
    }
    for (let i = 0; i < phi.length; i++) phi[i]! *= factor;
    return phi;
  };
}

/** The raw number if no feature is known, by covers. */
export function baseByCovers(trees: readonly ScoringTree[], { factor, start }: Margin): number {
  let base = start;
  for (const { steps, values, ratios } of trees)
    base += factor * expectedValue(steps, values, ratios!);
  return base;
}

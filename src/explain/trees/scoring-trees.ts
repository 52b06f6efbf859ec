import type { Ensemble } from '../../onnx/trees/tree-ensemble.ts';
import { coverRatios, type CoverRatios } from './cover-ratios.ts';
import { stepsOf, type Steps } from './steps.ts';

/** A tree that adds to the explained target. */
export interface ScoringTree {
  readonly steps: Steps;
  /** By leaf. */
  readonly values: Float32Array;
  /** Only by covers. */
  readonly ratios: CoverRatios | undefined;
}

export function scoringTrees(
  { trees }: Ensemble,
  target: number,
  covers: boolean,
): readonly ScoringTree[] {
  return trees.flatMap((tree, number) => {
    const values = tree.values.get(target);
    if (values === undefined) return [];
    const steps = stepsOf(tree);
    return [{ steps, values, ratios: covers ? coverRatios(steps, number) : undefined }];
  });
}

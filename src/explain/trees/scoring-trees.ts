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

export async function scoringTrees(
  { trees }: Ensemble,
  target: number,
  covers: boolean,
  breathe: () => Promise<void>,
): Promise<readonly ScoringTree[]> {
  const scoring: ScoringTree[] = [];
  for (const [number, tree] of trees.entries()) {
    const values = tree.values.get(target);
    if (values === undefined) continue;
    const steps = stepsOf(tree);
    scoring.push({ steps, values, ratios: covers ? coverRatios(steps, number) : undefined });
    await breathe();
  }
  return scoring;
}

import { probeRows } from '../../onnx/trees/threshold-probes.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { addUp } from './agreement.ts';
import { exactByBackground, exactByCovers, type Contributions } from './exact.ts';
import { marginOf, marginsOf, scoresOf } from './score-margin.ts';
import type { TreeExplainer, TreesToExplain } from './tree-explainer.ts';
import { treeSums } from './tree-sums.ts';

/** The most rows that are explained for the check, and about how many leaves all of them meet. */
const CHECKED_ROWS = 64;
const CHECKED_LEAVES = 400_000;

/**
 * An explainer of a model made of trees. Before it returns, contributions of rows around all
 * thresholds, and with missing values, are added up. Throws `UnsupportedTrees` if they are not the
 * raw number: no reason is better than a wrong one.
 */
export async function createTreeExplainer(given: TreesToExplain): Promise<TreeExplainer> {
  const { model, column, width, reference, breathe = () => Promise.resolve() } = given;
  const { ensemble, aggregation } = model;
  const { targets } = aggregation;
  if (ensemble.lastFeature >= width)
    throw new UnsupportedTrees('they test more features than the input has');
  const margin = marginOf(model, column);
  const sums = (matrix: Float32Array, rows: number): Float64Array =>
    treeSums(ensemble, targets, matrix, rows, width);
  const raw = (matrix: Float32Array, rows: number): Float64Array =>
    marginsOf(margin, sums(matrix, rows), targets);
  await breathe();
  const made: Contributions =
    reference.kind === 'covers'
      ? exactByCovers(ensemble, margin, width)
      : exactByBackground(ensemble, margin, width, reference, raw);
  const explainer: TreeExplainer = {
    method: reference.kind === 'covers' ? 'path-dependent' : 'interventional',
    link: margin.link,
    base: made.base,
    columns: width,
    note: made.note,
    explain: made.explain,
    raw,
    scores: (matrix, rows) => scoresOf(model, column, sums(matrix, rows)),
  };
  await breathe();
  const leaves = ensemble.trees.reduce((sum, tree) => sum + tree.leaves, 0);
  const checked = Math.max(8, Math.min(CHECKED_ROWS, Math.floor(CHECKED_LEAVES / leaves)));
  const probes = probeRows(ensemble, checked, width);
  for (let row = 0; row < checked; row += 4) {
    const rows = Math.min(4, checked - row);
    addUp(explainer, probes.subarray(row * width, (row + rows) * width), rows);
    await breathe();
  }
  return explainer;
}

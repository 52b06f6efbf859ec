import { probeRows } from '../../onnx/trees/threshold-probes.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { addUp, isAsExact } from './agreement.ts';
import { baseByCovers, exactByBackground, exactByCovers } from './exact.ts';
import { sharesByBackground, sharesByCovers } from './leaf-shares.ts';
import { marginOf, marginsOf, scoresOf } from './score-margin.ts';
import { scoringTrees } from './scoring-trees.ts';
import { createTables, MAX_PATHS } from './tables.ts';
import { thresholdsOf } from './thresholds.ts';
import type { TreeExplainer, TreesToExplain } from './tree-explainer.ts';
import { treeSums } from './tree-sums.ts';

/** The most rows that are explained the slow way, and about how many leaves all of them meet. */
const CHECKED_ROWS = 64;
const CHECKED_LEAVES = 400_000;

/** Rows whose contributions are added up if they come from tables. */
const ADDED_ROWS = 512;

/**
 * An explainer of a model made of trees. Before it returns, contributions of rows around all
 * thresholds, and with missing values, are added up. Throws `UnsupportedTrees` if they are not the
 * raw number: no reason is better than a wrong one. Tables are used only if they agree with the
 * exact walk for such rows; otherwise every row walks, which is slower.
 */
export async function createTreeExplainer(given: TreesToExplain): Promise<TreeExplainer> {
  const { model, column, width, reference, breathe = () => Promise.resolve() } = given;
  const { tables: create = createTables } = given;
  const { ensemble, aggregation } = model;
  const { targets } = aggregation;
  if (ensemble.lastFeature >= width)
    throw new UnsupportedTrees('they test more features than the input has');
  const margin = marginOf(model, column);
  const sums = (matrix: Float32Array, rows: number): Float64Array =>
    treeSums(ensemble, targets, matrix, rows, width);
  const raw = (matrix: Float32Array, rows: number): Float64Array =>
    marginsOf(margin, sums(matrix, rows), targets);
  const byCovers = reference.kind === 'covers';
  if (!byCovers && (reference.rows < 1 || reference.matrix.length !== reference.rows * width))
    throw new UnsupportedTrees('the background has no rows of their input');

  await breathe();
  const trees = await scoringTrees(ensemble, margin.target, byCovers, breathe);
  const exact: TreeExplainer = {
    method: byCovers ? 'path-dependent' : 'interventional',
    link: margin.link,
    base: byCovers
      ? baseByCovers(trees, margin)
      : raw(reference.matrix, reference.rows).reduce((sum, one) => sum + one / reference.rows, 0),
    columns: width,
    note: 'each event walks through all trees',
    explain: byCovers
      ? exactByCovers(trees, margin, width)
      : exactByBackground(trees, margin, width, reference),
    raw,
    scores: (matrix, rows) => scoresOf(model, column, sums(matrix, rows)),
  };
  await breathe();
  const leaves = ensemble.trees.reduce((sum, tree) => sum + tree.leaves, 0);
  const effort = leaves * (byCovers ? 1 : Math.max(1, reference.rows / 8));
  const checked = Math.max(8, Math.min(CHECKED_ROWS, Math.floor(CHECKED_LEAVES / effort)));
  // of a large forest, the thresholds of some trees are enough
  const every = Math.ceil(leaves / MAX_PATHS);
  const some = ensemble.trees.filter((_, i) => i % every === 0);
  const probes = probeRows({ ...ensemble, trees: some }, ADDED_ROWS, width);
  const expected = new Float64Array(checked * width);
  for (let row = 0; row < checked; row++) {
    const one = probes.subarray(row * width, (row + 1) * width);
    expected.set(addUp(exact, one, 1), row * width);
    await breathe();
  }

  const without = (why: string): TreeExplainer => ({ ...exact, note: `${exact.note}: ${why}` });
  if (leaves > MAX_PATHS) return without(`they have over ${MAX_PATHS} leaves`);
  try {
    const thresholds = thresholdsOf(ensemble.trees, width);
    const sharesOf = byCovers
      ? sharesByCovers
      : sharesByBackground(
          Int32Array.from(reference.matrix, (value, i) => thresholds.rank(i % width, value)),
          reference.rows,
          width,
        );
    const { factor } = margin;
    const made = await create({ trees, thresholds, sharesOf, factor, width, breathe });
    const fast: TreeExplainer = { ...exact, note: made.note, explain: made.explain };
    const found = fast.explain(probes.subarray(0, checked * width), checked);
    if (!isAsExact(found, expected, width)) return without('its tables do not agree with that');
    await breathe();
    addUp(fast, probes, ADDED_ROWS);
    return fast;
  } catch (error) {
    if (error instanceof UnsupportedTrees) return without(error.message);
    throw error;
  }
}

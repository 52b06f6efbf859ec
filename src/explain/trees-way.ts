import type { Background } from '../flow/attributions.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { probeRows } from '../onnx/trees/threshold-probes.ts';
import type { TreeModel } from '../onnx/trees/tree-model.ts';
import { NotThisWay, type Explainable, type Way } from './explainable.ts';
import { Inner } from './inner.ts';
import { shareCalls } from './shared-calls.ts';
import { isOfTrees } from './trees/agreement.ts';
import { createTreeExplainer } from './trees/create-tree-explainer.ts';
import { scoresOf } from './trees/score-margin.ts';
import { treeSums } from './trees/tree-sums.ts';

/** Lets the event loop do its other work. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Rows around the thresholds that stand in for a background. */
const PROBES = 64;

/** Exact SHAP values of a model made of trees, against the background or by its covers. */
export async function treesWay(
  model: Explainable,
  background: Background,
  kind: 'background' | 'covers',
): Promise<Way> {
  const { tensors, rows } = background;
  if (kind === 'background' && rows === 0) throw new NotThisWay('there is no background');
  if (model.column === null) throw new NotThisWay('its score is the highest of several numbers');
  const trees = await model.trees();
  const read = tensors.find(({ name }) => name === trees.input);
  // A number of double precision may be on the other side of a threshold than as float32.
  if (trees.front === undefined && read?.type === 'float64')
    throw new NotThisWay('its trees compare in double precision');
  const inner = await Inner.open(model, { name: trees.input, front: trees.front }, background);
  try {
    const { width, values } = inner.matrix;
    const matrix = Float32Array.from(values);
    const tests = rows > 0 ? { tensors, rows, matrix } : probesOf(trees, tensors, width);
    const { score } = await model.score(tests.tensors, tests.rows);
    const column = columnOf(trees, model.column, width, tests, score);
    const explainer = await createTreeExplainer({
      model: trees,
      column,
      width,
      reference: kind === 'covers' ? { kind } : { kind, matrix, rows },
      breathe,
    });
    const { method, link, base, note, columns } = explainer;
    const explain = shareCalls((own, count) => explainer.explain(own, count), width);
    return {
      by: { method, space: link === 'identity' ? 'score' : 'margin', notes: [note] },
      explain: async (given, count) => {
        const own = new Float32Array((await inner.matrixOf(given, count)).values);
        return inner.byField(await explain(own, count), columns, count, base);
      },
    };
  } catch (error) {
    await inner.release();
    throw error;
  }
}

interface TestRows {
  readonly tensors: readonly InputTensor[];
  readonly rows: number;
  /** The same as the trees see them. */
  readonly matrix: Float32Array;
}

/** Without a background: the trees read the only input of the model. */
function probesOf(
  { ensemble }: TreeModel,
  tensors: readonly InputTensor[],
  width: number,
): TestRows {
  const [only, ...others] = tensors;
  if (only?.type !== 'float32' || others.length > 0)
    throw new NotThisWay('without a background, it would need one input of float32');
  const matrix = probeRows(ensemble, PROBES, width);
  return { tensors: [{ ...only, rows: PROBES, values: matrix }], rows: PROBES, matrix };
}

/**
 * The column of the trees that the score of the model is; steps between may choose one. It is known
 * by its numbers.
 */
function columnOf(
  trees: TreeModel,
  wanted: number,
  width: number,
  { matrix, rows }: TestRows,
  score: Float64Array,
): number {
  const { ensemble, aggregation, hasBack } = trees;
  const sums = treeSums(ensemble, aggregation.targets, matrix, rows, width);
  const all = Array.from({ length: aggregation.width }, (_, column) => column);
  const candidates = hasBack
    ? [wanted, ...all.filter((column) => column !== wanted)].filter((column) =>
        all.includes(column),
      )
    : [wanted];
  const found = candidates.find((column) => {
    const scores = (): Float64Array => scoresOf(trees, column, sums.slice());
    return isOfTrees({ scores }, matrix, rows, score);
  });
  if (found === undefined)
    throw new NotThisWay('steps behind its trees make other numbers of them');
  return found;
}

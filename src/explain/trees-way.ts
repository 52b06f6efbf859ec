import type { Background } from '../flow/attributions.ts';
import { NotThisWay, type Explainable, type Way } from './explainable.ts';
import { Inner } from './inner.ts';
import { isOfTrees } from './trees/agreement.ts';
import { createTreeExplainer } from './trees/create-tree-explainer.ts';

/** Lets the event loop do its other work. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
  const inner = await Inner.open(model, { name: trees.input, front: trees.front }, background);
  try {
    const { width, values } = inner.matrix;
    const matrix = Float32Array.from(values);
    if (trees.hasBack && rows === 0)
      throw new NotThisWay('steps follow its trees, and there is no background to test them with');
    const explainer = await createTreeExplainer({
      model: trees,
      column: model.column,
      width,
      reference: kind === 'covers' ? { kind } : { kind, matrix, rows },
      breathe,
    });
    if (rows > 0) {
      const { score } = await model.score(tensors, rows);
      if (!isOfTrees(explainer, matrix, rows, score))
        throw new NotThisWay('steps behind its trees make other numbers of them');
    }
    const { method, link, base, note, columns } = explainer;
    return {
      by: { method, space: link === 'identity' ? 'score' : 'margin', notes: [note] },
      explain: async (given, count) => {
        const own = Float32Array.from((await inner.matrixOf(given, count)).values);
        return inner.byField(explainer.explain(own, count), columns, count, base);
      },
    };
  } catch (error) {
    await inner.release();
    throw error;
  }
}

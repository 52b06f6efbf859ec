import { readTreeModel, type TreeModel } from '../onnx/trees/tree-model.ts';
import type { CreateExplainer, Model } from './model.ts';
import type { Opened } from './onnx-open.ts';

export interface ExplainedScore extends Pick<Opened, 'reread'> {
  /** The column of the output with the score; null: the highest. */
  readonly column: number | null;
  /** The tensor with the score. */
  readonly tensor: string;
}

/** The model, with its explainer if there is one. */
export async function explainWith(
  create: CreateExplainer | undefined,
  model: Model,
  { column, tensor, reread }: ExplainedScore,
): Promise<Model> {
  if (create === undefined) return model;
  const { inputs, classes } = model;
  let read: Promise<TreeModel> | undefined;
  // The trees of a forest need as much memory as its file, so they are read only for an explainer.
  const trees = (): Promise<TreeModel> =>
    (read ??= reread().then((bytes) => readTreeModel(bytes, tensor)));
  const explain = await create({
    inputs,
    classes,
    column,
    trees,
    score: (tensors, rows) => model.score(tensors, rows),
    run: (tensors, rows, outputs) => model.run(tensors, rows, outputs),
  });
  return explain === undefined ? model : { ...model, explain };
}

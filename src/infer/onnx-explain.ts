import { readTreeModel, type TreeModel } from '../onnx/trees/tree-model.ts';
import type { CreateExplainer, Model } from './model.ts';
import type { Opened } from './onnx-open.ts';
import { openPart } from './onnx-run.ts';

export interface ExplainedScore extends Pick<Opened, 'reread' | 'options'> {
  /** The column of the output with the score; null: the highest. */
  readonly column: number | null;
  /** The tensor with the score. */
  readonly tensor: string;
}

/** The model, with its explainer if there is one. */
export function explainWith(
  create: CreateExplainer | undefined,
  model: Model,
  { column, tensor, reread, options }: ExplainedScore,
): Model {
  if (create === undefined) return model;
  const { inputs, classes } = model;
  let read: Promise<TreeModel> | undefined;
  // The trees of a forest need as much memory as its file, so they are read only for an explainer.
  const trees = (): Promise<TreeModel> =>
    (read ??= reread().then((bytes) => readTreeModel(bytes, tensor)));
  const explainer = create({
    inputs,
    classes,
    column,
    trees,
    file: async () => ({ bytes: await reread(), output: tensor }),
    open: (bytes, output) => openPart(bytes, output, options),
    score: (tensors, rows) => model.score(tensors, rows),
    run: (tensors, rows, outputs) => model.run(tensors, rows, outputs),
  });
  return { ...model, explainer };
}

import type { Attributions, ExplainedBy } from '../flow/attributions.ts';
import type { InputTensor } from '../flow/tensors.ts';
import type { TreeModel } from '../onnx/trees/tree-model.ts';

/** What an explainer has to do with: the model where it is open. */
export interface Explainable {
  /** The column of the output that is the score; null: the highest of the row. */
  readonly column: number | null;
  readonly score: (
    tensors: readonly InputTensor[],
    rows: number,
  ) => Promise<{ readonly score: Float64Array }>;
  /** The trees that score. Rejects with `UnsupportedTrees` where there are none. */
  readonly trees: () => Promise<TreeModel>;
  /** The model's file, and the tensor with the score. */
  readonly file: () => Promise<{ readonly bytes: Uint8Array; readonly output: string }>;
  /** Opens a part of the model that computes this tensor, as a model of its own. */
  readonly open: (bytes: Uint8Array, output: string) => Promise<Part>;
}

/** A part of a model. */
export interface Part {
  readonly run: (
    tensors: readonly InputTensor[],
    rows: number,
  ) => Promise<{ readonly data: ArrayLike<number | bigint>; readonly width: number }>;
  readonly release: () => Promise<void>;
}

/** One way to explain a model, prepared. */
export interface Way {
  readonly by: ExplainedBy;
  readonly explain: (tensors: readonly InputTensor[], rows: number) => Promise<Attributions>;
}

/** Why a model cannot be explained in one way. Another way may be possible. */
export class NotThisWay extends Error {}

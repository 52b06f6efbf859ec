import type { createTables } from './tables.ts';
import type { TreeModel } from '../../onnx/trees/tree-model.ts';

/** What a row is compared with. */
export type Reference =
  /** Interventional: rows of the same matrix. Features that are not known come from them. */
  | { readonly kind: 'background'; readonly matrix: Float32Array; readonly rows: number }
  /** Path-dependent: the covers in the model's file, which are the training data. */
  | { readonly kind: 'covers' };

export interface TreesToExplain {
  readonly model: TreeModel;
  /** The column of the trees' output that is the score. */
  readonly column: number;
  /** Numbers of a row of the trees' input. */
  readonly width: number;
  readonly reference: Reference;
  /** Awaited between steps, so that other work can run. If it throws, the work ends. */
  readonly breathe?: () => Promise<void>;
  /** Other tables, for tests and benchmarks. */
  readonly tables?: typeof createTables;
}

/**
 * Exact SHAP values of the raw number behind a score, over the columns of the trees' own input
 * tensor, which is float32 (after the steps before the trees).
 */
export interface TreeExplainer {
  readonly method: 'interventional' | 'path-dependent';
  /** The last function of the trees: from the raw number to the score. */
  readonly link: 'identity' | 'logistic' | 'softmax';
  /** The raw number if nothing is known: the mean of the background or of the training data. */
  readonly base: number;
  /** Numbers of a row: `width`. */
  readonly columns: number;
  /** How it works, in one line for people. */
  readonly note: string;
  /**
   * Rows × columns numbers. Those of a row and `base` add up to its raw number. `matrix`: rows ×
   * columns, row-major, float32.
   */
  explain(matrix: Float32Array, rows: number): Float64Array;
  /** The raw numbers of rows. */
  raw(matrix: Float32Array, rows: number): Float64Array;
  /**
   * The scores that the trees make of rows. If steps follow the trees in the model, compare with
   * its own scores: only if they are the same, the raw number is that behind the score.
   */
  scores(matrix: Float32Array, rows: number): Float64Array;
}

import type { InputTensor } from './tensors.ts';

/** What scores are explained against, and what is to be told apart. */
export interface Background {
  /** The tensors of other events, in the order of the inputs; none with covers alone. */
  readonly tensors: readonly InputTensor[];
  readonly rows: number;
  /** Per tensor, and per column of a row: the number of the field that the column is made of. */
  readonly fieldOf: readonly (readonly number[])[];
  /** How many fields there are. */
  readonly fields: number;
  /** How to explain; `auto`: by the best way that is possible. */
  readonly method: ExplainMethod;
  /** Most rows that the model scores to explain one, where contributions are sampled. */
  readonly budget: number;
}

export const EXPLAIN_METHODS = [
  'auto',
  'interventional',
  'path-dependent',
  'linear',
  'sampled',
] as const;
export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

/** How a model is explained. */
export interface ExplainedBy {
  readonly method: Exclude<ExplainMethod, 'auto'>;
  /**
   * The number that is explained: the score itself, or the margin, from which the last function of
   * the model (logistic, softmax) makes the score.
   */
  readonly space: 'score' | 'margin';
  /** For people: how it works, and why not in a better way. */
  readonly notes: readonly string[];
}

/** What each field adds to the score of each row. */
export interface Attributions {
  /** Numbers of a row: one for each field of the background. */
  readonly columns: number;
  /** Where every sum starts: `base` and the `values` of a row add up to its score or margin. */
  readonly base: number;
  /** Row-major, rows × columns. */
  readonly values: Float64Array;
  /** The standard errors of the values, where they are sampled. */
  readonly errors?: Float64Array;
}

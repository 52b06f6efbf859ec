/** What each column of a model's inputs adds to the score of each row. */
export interface Attributions {
  /** How they were computed: `tree-shap`, `linear`, `sampled`. */
  readonly method: string;
  /**
   * The number that is explained: the score itself, or the margin, from which the last function of
   * the model (logistic, softmax) makes the score.
   */
  readonly space: 'score' | 'margin';
  /** Columns of a row: those of the first input, then those of the next. */
  readonly columns: number;
  /**
   * Per row: the start of the sum. `base` and the `values` of a row add up to its score or margin.
   */
  readonly base: Float64Array;
  /** Row-major, rows × columns. */
  readonly values: Float64Array;
}

/** What each column of a model's inputs adds to the score of each row. */
export interface Attributions {
  /** How they were computed: `tree-shap`, `linear`, `sampled`. */
  readonly method: string;
  /**
   * What adds up: the score itself, or the margin, which is the number that the model's last
   * function (logistic, softmax) makes the score of.
   */
  readonly space: 'score' | 'margin';
  /** Columns of a row: those of the first input, then those of the next. */
  readonly columns: number;
  /** Per row: what the sum begins with. `base` and a row's `values` add up to its score or margin. */
  readonly base: Float64Array;
  /** Row-major, rows × columns. */
  readonly values: Float64Array;
}

/** Why rows have their scores: for each row, its strongest reasons in order. */
export interface Reasons {
  /** Everything that a reason may name: features, or codes for them. */
  readonly names: readonly string[];
  /** Most reasons of a row. */
  readonly perRow: number;
  /** Index into `names`, row-major, rows × perRow; -1 if a row has fewer reasons. */
  readonly index: Int16Array;
  /** How much each reason moves the score, in the same order. */
  readonly contribution: Float64Array;
}

/** Why rows have their scores: of each row, what speaks for it most, the strongest first. */
export interface Reasons {
  /** All that a reason may name: features, or codes that stand for them. */
  readonly names: readonly string[];
  /** Most reasons of a row. */
  readonly perRow: number;
  /** Index into `names`, row-major, rows × perRow; -1 where a row has fewer. */
  readonly index: Int16Array;
  /** How much each of them moves the score, in the same order. */
  readonly contribution: Float64Array;
}

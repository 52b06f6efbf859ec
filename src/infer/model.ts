import type { InputSignature } from '../flow/features.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';

/** A loaded model version (port): tensors of a batch in, one score per row out. */
export interface Model {
  readonly identity: ModelIdentity;
  readonly inputs: readonly InputSignature[];
  /** Which number of which output is the score, for people: `probabilities[:,1]`. */
  readonly scoreFrom: string;
  /** Names of the classes, where scores by class are written. */
  readonly classes: readonly string[] | null;
  /** Each score is rounded by the range of its batch, within what is warned of. */
  readonly quantisedByBatch: boolean;
  /** How the model is run, where that is not plain. */
  readonly notes: readonly string[];
  /** What a person should know before relying on its scores. */
  readonly warnings: readonly string[];
  /**
   * Scores all rows. Scores that are not finite come out as they are; who calls decides what that
   * means.
   */
  score(tensors: readonly InputTensor[], rows: number): Promise<Scores>;
  release(): Promise<void>;
}

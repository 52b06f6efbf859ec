import type { Attributions, Background, ExplainedBy } from '../flow/attributions.ts';
import type { InputSignature } from '../flow/features.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { InputTensor, ModelOutput, OutputTensor } from '../flow/tensors.ts';
import type { TreeModel } from '../onnx/trees/tree-model.ts';

/**
 * A loaded version of a model (port): takes the tensors of a batch, returns scores, or the outputs
 * of the model.
 */
export interface Model {
  readonly identity: ModelIdentity;
  readonly inputs: readonly InputSignature[];
  /** The outputs that `run` can return: all tensors, and for a ZipMap the tensor behind it. */
  readonly outputs: readonly ModelOutput[];
  /** Which number of which output is the score, for people: `probabilities[:,1]`. */
  readonly scoreFrom: string;
  /** Names of the classes, if scores by class are written. */
  readonly classes: readonly string[] | null;
  /** Each score depends on the range of its batch (dynamic quantisation); a warning says so. */
  readonly quantisedByBatch: boolean;
  /** Whether it returned a finite score for any warm-up row. */
  readonly finiteAtWarmup: boolean;
  /** How the model runs, if that is unusual. */
  readonly notes: readonly string[];
  /** What a person should know before using its scores. */
  readonly warnings: readonly string[];
  /**
   * Scores all rows. Scores that are not finite are returned as they are; the caller decides what
   * that means.
   */
  score(tensors: readonly InputTensor[], rows: number): Promise<Scores>;
  /**
   * Answers the outputs of these names (default: all), in that order and as the model makes them,
   * with a row for each row of the tensors; one row at least. Nothing is tried again row by row:
   * rejects with INFERENCE_FAILED where the model fails at a row or an output has no row for each
   * event, and where it runs in a worker with INFERENCE_TIMEOUT or INFERENCE_CRASHED.
   */
  run(
    tensors: readonly InputTensor[],
    rows: number,
    outputs?: readonly string[],
  ): Promise<readonly OutputTensor[]>;
  /** Explains the scores. Missing where the model was opened without an explainer. */
  readonly explainer?: Explainer;
  release(): Promise<void>;
}

/** Says what each field of the events adds to their scores. */
export interface Explainer {
  /**
   * Takes what scores are explained against; once, before the first explanation. Rejects with
   * EXPLAIN_IMPOSSIBLE if the model cannot be explained in this way.
   */
  prepare(background: Background): Promise<ExplainedBy>;
  /**
   * Explains the score of each row. It is computed where the tensors are: in the worker, where
   * there is one. The tensors hold nothing but the rows to explain. A row has the same values,
   * whatever the others are. Rejects as `run` does.
   */
  explain(tensors: readonly InputTensor[], rows: number): Promise<Attributions>;
}

/** What an explainer has to do with: the model where it is open. */
export interface ExplainableModel extends Pick<Model, 'inputs' | 'classes' | 'score' | 'run'> {
  /** The column of the output that is the score; null: the highest of the row. */
  readonly column: number | null;
  /**
   * The trees that score. They are read from the model's file when they are first asked for, and
   * kept from then on. Rejects with `UnsupportedTrees` where the score is not made of trees, and
   * with MODEL_CHECKSUM where the file is another one by now.
   */
  readonly trees: () => Promise<TreeModel>;
  /** The model's file, read again, and the tensor with the score. Rejects as `trees` does. */
  readonly file: () => Promise<{ readonly bytes: Uint8Array; readonly output: string }>;
  /** Opens a part of the model that computes this tensor, as a model of its own. */
  readonly open: (bytes: Uint8Array, output: string) => Promise<OpenPart>;
}

/** A part of a model. */
export interface OpenPart {
  readonly run: (
    tensors: readonly InputTensor[],
    rows: number,
  ) => Promise<{ readonly data: ArrayLike<number | bigint>; readonly width: number }>;
  readonly release: () => Promise<void>;
}

/** Makes what explains a model. */
export type CreateExplainer = (model: ExplainableModel) => Explainer;

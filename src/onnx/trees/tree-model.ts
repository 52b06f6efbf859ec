import { aggregationOf, type Aggregation } from './aggregation.ts';
import { splitGraph } from './split-graph.ts';
import { readEnsemble, type Ensemble } from './tree-ensemble.ts';

/** The trees that an output of a model is made of, for who explains what they do. */
export interface TreeModel {
  /** With covers, where the file says them. */
  readonly ensemble: Ensemble;
  /** What becomes of the sums of the trees. */
  readonly aggregation: Aggregation;
  /** The tensor whose columns the tests compare. */
  readonly input: string;
  /**
   * Whether that tensor is an input of the model: then a test's feature is the number of the
   * input's column. Otherwise `front` makes it of the inputs.
   */
  readonly isModelInput: boolean;
  /** A model that makes the tensor `input` of the model's inputs; undefined where there is none. */
  readonly front: Uint8Array | undefined;
  /** Whether more is done to the trees' output before it is the model's. */
  readonly hasBack: boolean;
}

/** Reads the trees behind an output of a model file. Throws `UnsupportedTrees`. */
export function readTreeModel(model: Uint8Array, output: string): TreeModel {
  const { ensemble: node, front, back } = splitGraph(model, output);
  const ensemble = readEnsemble(node, { covers: true });
  return {
    ensemble,
    aggregation: aggregationOf(node, ensemble),
    input: node.input,
    isModelInput: front === undefined,
    front,
    hasBack: back !== undefined,
  };
}

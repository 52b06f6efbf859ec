import { aggregationOf, type Aggregation } from './aggregation.ts';
import { splitGraph } from './split-graph.ts';
import { readEnsemble, type Ensemble } from './tree-ensemble.ts';

/** The trees behind an output of a model, for explainers. */
export interface TreeModel {
  /** With covers, if the file has them. */
  readonly ensemble: Ensemble;
  /** How the sums of the trees become the output. */
  readonly aggregation: Aggregation;
  /** The tensor whose columns the tests compare. */
  readonly input: string;
  /**
   * Whether that tensor is an input of the model. Then the feature of a test is the column of the
   * input. Otherwise `front` computes the tensor from the inputs.
   */
  readonly isModelInput: boolean;
  /**
   * A model that computes the tensor `input` from the inputs of the model; undefined if there is
   * none.
   */
  readonly front: Uint8Array | undefined;
  /** Whether further steps follow between the output of the trees and that of the model. */
  readonly hasBack: boolean;
}

/** Reads the trees behind an output of a model file. Throws `UnsupportedTrees`. */
export function readTreeModel(model: Uint8Array, output: string): TreeModel {
  const { ensemble: node, front, back } = splitGraph(model, output);
  const ensemble = readEnsemble(node, { covers: true, infinite: true });
  return {
    ensemble,
    aggregation: aggregationOf(node, ensemble),
    input: node.input,
    isModelInput: front === undefined,
    front,
    hasBack: back !== undefined,
  };
}

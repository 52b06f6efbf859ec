import type { InputTensor } from '../../flow/tensors.ts';
import { checkCount } from '../../onnx/trees/tree-ensemble.ts';
import { checkForm } from '../../onnx/trees/aggregation.ts';
import { checkFed } from './matrix.ts';
import { checkTests } from '../../onnx/trees/nodes.ts';
import { splitGraph } from '../../onnx/trees/split-graph.ts';

/**
 * Throws `UnsupportedTrees` if the file already shows why the trees of the model cannot be
 * compiled, before the trees are built. For a large model this takes a fraction of the time.
 */
export function checkCompilable(
  model: Uint8Array,
  output: string,
  sample: readonly InputTensor[],
): void {
  const { ensemble: node } = splitGraph(model, output);
  // none if other nodes come before the trees
  const fed = sample.find(({ name }) => name === node.input);
  if (fed !== undefined) checkFed(fed);
  checkCount(node);
  checkForm(node);
  checkTests(node);
}

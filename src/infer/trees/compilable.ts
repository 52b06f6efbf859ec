import type { InputTensor } from '../../flow/tensors.ts';
import { checkCount } from '../../onnx/trees/tree-ensemble.ts';
import { checkForm } from '../../onnx/trees/aggregation.ts';
import { checkFed } from './matrix.ts';
import { checkTests } from '../../onnx/trees/nodes.ts';
import { splitGraph } from '../../onnx/trees/split-graph.ts';

/**
 * Throws `UnsupportedTrees` for what keeps a model's trees from being compiled, as far as its file shows
 * that before the trees are put together: for a large model, that is a fraction of the time.
 */
export function checkCompilable(
  model: Uint8Array,
  output: string,
  sample: readonly InputTensor[],
): void {
  const { ensemble: node } = splitGraph(model, output);
  // none where something stands before them
  const fed = sample.find(({ name }) => name === node.input);
  if (fed !== undefined) checkFed(fed);
  checkCount(node);
  checkForm(node);
  checkTests(node);
}

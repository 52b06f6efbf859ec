import type { InputTensor } from '../../flow/tensors.ts';
import { checkCount } from './ensemble.ts';
import { checkForm } from './finish.ts';
import { checkFed } from './matrix.ts';
import { checkTests } from './nodes.ts';
import { takeApart } from './take-apart.ts';

/**
 * Throws `NotCompiled` for what keeps a model's trees from being compiled, as far as its file shows
 * that before the trees are put together: for a large model, that is a fraction of the time.
 */
export function seeWhatIsInTheWay(
  model: Uint8Array,
  output: string,
  sample: readonly InputTensor[],
): void {
  const { ensemble: node } = takeApart(model, output);
  // none where something stands before them
  const fed = sample.find(({ name }) => name === node.input);
  if (fed !== undefined) checkFed(fed);
  checkCount(node);
  checkForm(node);
  checkTests(node);
}

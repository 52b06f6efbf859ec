import { openPart, type SessionOptions } from '../onnx-run.ts';
import type { Aggregation } from '../../onnx/trees/aggregation.ts';
import { matrix } from './matrix.ts';
import { softmaxModel } from './softmax-model.ts';

/**
 * The function after the sums of an ensemble: rows × `width` numbers to as many. It may work in
 * place.
 */
export interface PostTransform {
  readonly run: (numbers: Float32Array) => Promise<Float32Array>;
  readonly release: () => Promise<void>;
}

/**
 * Opens a transform. The exponential comes from ONNX Runtime, because another one would round some
 * last bits differently.
 */
export async function openPostTransform(
  kind: Aggregation['postTransform'],
  width: number,
  options: SessionOptions,
): Promise<PostTransform> {
  if (kind === 'NONE')
    return { run: (numbers) => Promise.resolve(numbers), release: () => Promise.resolve() };
  const classes = kind === 'SOFTMAX' ? width : 2;
  const { run, release } = await openPart(softmaxModel(classes), 'y', options);
  const softmax: PostTransform['run'] = async (numbers) => {
    const rows = numbers.length / classes;
    return (await run([matrix('x', numbers, rows)], rows)).data as Float32Array;
  };
  return { run: kind === 'SOFTMAX' ? softmax : logisticOf(softmax), release };
}

/**
 * The same formula as in ONNX Runtime after trees: 1 / (1 + exp(-|x|)), and 1 minus that if x is
 * negative. The first is the softmax of 0 and -|x|.
 */
function logisticOf(softmax: PostTransform['run']): PostTransform['run'] {
  return async (numbers) => {
    const pairs = new Float32Array(2 * numbers.length);
    for (let i = 0; i < numbers.length; i++) pairs[2 * i + 1] = -Math.abs(numbers[i]!);
    const shares = await softmax(pairs);
    for (let i = 0; i < numbers.length; i++)
      numbers[i] = numbers[i]! < 0 ? 1 - shares[2 * i]! : shares[2 * i]!;
    return numbers;
  };
}

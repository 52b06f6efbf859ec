import type { InputTensor } from '../../flow/tensors.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';

/** Numbers as a model input: row-major, `rows` × the columns that result. */
export function matrix(name: string, values: Float32Array, rows: number): InputTensor {
  return { name, type: 'float32', rows, columns: values.length / rows, flat: false, values };
}

/** Throws `UnsupportedTrees` if the input of the trees is not float32. */
export function checkFed({ type }: InputTensor): void {
  if (type !== 'float32') throw new UnsupportedTrees(`their input has the type ${type}`);
}

import type { InputTensor } from '../../flow/tensors.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';

/** Numbers as the tensor that a model takes: row-major, `rows` × as many columns as fit. */
export function matrix(name: string, values: Float32Array, rows: number): InputTensor {
  return { name, type: 'float32', rows, columns: values.length / rows, flat: false, values };
}

/** Throws `UnsupportedTrees` where trees are fed with other numbers. */
export function checkFed({ type }: InputTensor): void {
  if (type !== 'float32') throw new UnsupportedTrees(`their input has the type ${type}`);
}

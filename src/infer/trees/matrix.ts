import type { InputTensor } from '../../flow/tensors.ts';

/** Numbers as the tensor that a model takes: row-major, `rows` × as many columns as fit. */
export function matrix(name: string, values: Float32Array, rows: number): InputTensor {
  return { name, type: 'float32', rows, columns: values.length / rows, flat: false, values };
}

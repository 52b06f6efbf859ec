import { emptyValues, type InputTensor, type TensorValues } from './tensors.ts';

/** Some rows of the tensors of a batch, in their order. */
export interface PickedRows {
  readonly tensors: readonly InputTensor[];
  readonly rows: ArrayLike<number>;
}

/**
 * Rows of several batches as one: those of the first batch, then those of the next one. All of them
 * have the inputs of one model, in the same order.
 */
export function joinRows(parts: readonly PickedRows[]): InputTensor[] {
  const [first] = parts;
  if (first === undefined) throw new RangeError('there are no rows to join');
  const total = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  return first.tensors.map((tensor, input) => {
    const width = tensor.values.length / tensor.rows;
    const values = emptyValues(tensor.type, total * width);
    let end = 0;
    for (const { tensors, rows } of parts) {
      copyRows(tensors[input]!, rows, width, values, end);
      end += rows.length * width;
    }
    return { ...tensor, rows: total, values };
  });
}

function copyRows(
  tensor: InputTensor,
  rows: ArrayLike<number>,
  width: number,
  into: TensorValues,
  at: number,
): void {
  const { values } = tensor;
  if (!Array.isArray(into) && !Array.isArray(values) && rows.length === tensor.rows) {
    // all of them, because a row is picked once
    (into as Float32Array).set(values as Float32Array, at);
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    for (let column = 0; column < width; column++)
      (into as Float32Array)[at + i * width + column] = (values as Float32Array)[from + column]!;
  }
}

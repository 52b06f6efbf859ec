import type { InputTensor } from './tensors.ts';

/** Rows of tensors, in the order given; a row may be taken several times. */
export function takeRows(tensors: readonly InputTensor[], rows: ArrayLike<number>): InputTensor[] {
  return tensors.map((tensor) => {
    const perRow = tensor.values.length / tensor.rows;
    const { values } = tensor;
    const from = Array.from(rows, (row) => row * perRow);
    if (Array.isArray(values))
      return {
        ...tensor,
        rows: rows.length,
        values: from.flatMap((at) => values.slice(at, at + perRow)),
      };
    const taken = new (values.constructor as Float32ArrayConstructor)(rows.length * perRow);
    from.forEach((at, i) => {
      taken.set((values as Float32Array).subarray(at, at + perRow), i * perRow);
    });
    return { ...tensor, rows: rows.length, values: taken };
  });
}

import type { InputTensor } from './tensors.ts';

/** Numbers of shorter rows are copied one by one: a call into the runtime costs more. */
const SHORT = 64;

/** Rows of tensors, in the order given; a row may be taken several times. */
export function takeRows(tensors: readonly InputTensor[], rows: ArrayLike<number>): InputTensor[] {
  return tensors.map((tensor) => {
    const perRow = tensor.values.length / tensor.rows;
    const { values } = tensor;
    const count = rows.length;
    if (Array.isArray(values)) {
      const texts: string[] = [];
      for (let i = 0; i < count; i++)
        for (let at = 0; at < perRow; at++) texts.push(values[rows[i]! * perRow + at]!);
      return { ...tensor, rows: count, values: texts };
    }
    const from = values as Float32Array;
    const taken = new (values.constructor as Float32ArrayConstructor)(count * perRow);
    for (let i = 0, to = 0; i < count; i++, to += perRow) {
      const start = rows[i]! * perRow;
      if (perRow > SHORT) taken.set(from.subarray(start, start + perRow), to);
      else for (let at = 0; at < perRow; at++) taken[to + at] = from[start + at]!;
    }
    return { ...tensor, rows: count, values: taken };
  });
}

import { takeRows } from '../../../src/flow/take-rows.ts';
import type { InputTensor, TensorValues } from '../../../src/flow/tensors.ts';

const tensorOf = (values: TensorValues, rows: number): InputTensor => ({
  name: 'x',
  type: 'float32',
  rows,
  columns: values.length / rows,
  flat: false,
  values,
});

it.each([
  ['texts', ['a', 'b', 'c', 'd', 'e', 'f'], ['e', 'f', 'a', 'b', 'e', 'f']],
  ['numbers', Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(5, 6, 1, 2, 5, 6)],
  ['integers', BigInt64Array.of(1n, 2n, 3n), BigInt64Array.of(3n, 1n, 3n)],
])('takes rows of %s, also twice', (_what, values, expected) => {
  const [taken] = takeRows([tensorOf(values, 3)], [2, 0, 2]);
  expect(taken).toEqual({ ...tensorOf(values, 3), values: expected });
});

it('takes rows of many numbers', () => {
  const width = 300;
  const values = Float32Array.from({ length: 4 * width }, (_, i) => i);
  const [taken] = takeRows([tensorOf(values, 4)], Int32Array.of(3, 1));
  const rowOf = (row: number): number[] => [...values.subarray(row * width, (row + 1) * width)];
  expect([...(taken!.values as Float32Array)]).toEqual([...rowOf(3), ...rowOf(1)]);
  expect(taken!.rows).toBe(2);
});

it('takes no rows', () => {
  expect(takeRows([tensorOf([], 1)], [])[0]).toMatchObject({ rows: 0, values: [] });
});

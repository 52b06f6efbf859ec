import type { InputSignature } from '../flow/features.ts';
import type { InputTensor, TensorValues } from '../flow/tensors.ts';

/** Numbers of one output, row-major; `rows` as the model answered. */
export interface Answer {
  readonly data: ArrayLike<number | bigint>;
  readonly rows: number;
  readonly width: number;
}

export type RunTensors = (tensors: readonly InputTensor[], rows: number) => Promise<Answer>;

/**
 * The number of rows that a model takes at once, if it was exported for a fixed number; null if it
 * takes any number.
 */
export function fixedRows(inputs: readonly InputSignature[]): number | null {
  return inputs.find(({ rows }) => rows !== null)?.rows ?? null;
}

/**
 * Runs a model that takes exactly `size` rows on any number of rows: `size` at a time, and the last
 * batch padded with copies of its last row. Zeros could be values that the model does not accept.
 */
export function inFixedBatches(run: RunTensors, size: number): RunTensors {
  return async (tensors, rows) => {
    let width = 1;
    let data = new Float64Array(rows);
    for (let start = 0; start < rows; start += size) {
      const count = Math.min(size, rows - start);
      const answer = await run(
        tensors.map((tensor) => sliceRows(tensor, start, count, size)),
        size,
      );
      if (answer.rows !== size || (start > 0 && answer.width !== width))
        return { data: [], rows: rows - size + answer.rows, width: 0 };
      if (start === 0) {
        width = answer.width;
        data = new Float64Array(rows * width);
      }
      for (let i = 0; i < count * width; i++) data[start * width + i] = Number(answer.data[i]);
    }
    return { data, rows, width };
  };
}

/** The least number of rows; the number is always a multiple of it. */
export const EVEN_ROWS = 4;

/**
 * Runs a model on a multiple of four rows, padded with copies of the last one. The kernels of ONNX
 * Runtime treat a single row, and the rest of a vector register, differently, and round differently
 * there. With this padding an event has the same score, bit for bit, in a batch of one and of a
 * thousand.
 */
export function inEvenBatches(run: RunTensors): RunTensors {
  return async (tensors, rows) => {
    const size = Math.ceil(rows / EVEN_ROWS) * EVEN_ROWS;
    if (size === rows) return run(tensors, rows);
    const answer = await run(
      tensors.map((tensor) => sliceRows(tensor, 0, rows, size)),
      size,
    );
    return answer.rows === size
      ? { ...answer, rows, data: cut(answer.data, rows * answer.width) }
      : answer;
  };
}

/** The first numbers of what a model answered, without a copy. */
function cut(data: Answer['data'], length: number): Answer['data'] {
  return (data as Float32Array).subarray(0, length);
}

/** `count` rows from `start` on, padded with copies of the last one up to `size`. */
export function sliceRows(
  tensor: InputTensor,
  start: number,
  count: number,
  size: number,
): InputTensor {
  const { columns, values } = tensor;
  const [from, to] = [start * columns, (start + count) * columns];
  if (count === size) return { ...tensor, rows: size, values: values.slice(from, to) };
  return { ...tensor, rows: size, values: padded(values, columns, from, to, size * columns) };
}

/** Elements `from` to `to`, padded with copies of the last row. */
function padded(
  values: TensorValues,
  columns: number,
  from: number,
  to: number,
  length: number,
): TensorValues {
  if (Array.isArray(values)) {
    const row = values.slice(to - columns, to);
    return Array.from({ length }, (_, i) =>
      i < to - from ? values[from + i]! : row[i % columns]!,
    );
  }
  const whole = new (values.constructor as Float32ArrayConstructor)(length);
  whole.set((values as Float32Array).subarray(from, to));
  const last = to - from - columns;
  for (let at = last + columns; at < length; at += columns)
    whole.copyWithin(at, last, last + columns);
  return whole;
}

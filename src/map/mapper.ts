import { VALUE, MISMATCH, type Column, type Events, type TextColumn } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { InputTensor, TensorType, TensorValues } from '../flow/tensors.ts';
import type { Contract, ContractColumn, ContractInput } from './contract.ts';
import { numericKernel } from './numeric-kernel.ts';

export type MapFeatures = (events: Events) => InputTensor[];

/** Writes one column of a row-major matrix: element `row * stride + at` for every living row. */
type WriteColumn = (column: Column, fates: Fates, into: TensorValues, at: number, stride: number) => void;

/**
 * Makes the stage that turns decoded columns into the model's tensors. A row whose field is null without `missing`, of
 * the wrong type, of no known category or not finite is killed; its numbers stay 0 and mean nothing.
 */
export function createMapper(contract: Contract): MapFeatures {
  const inputs = contract.inputs.map((input) => ({ input, write: input.columns.map((entry) => writer(entry, input)) }));
  return function map(events) {
    const { fates, columns } = events;
    return inputs.map(({ input, write }) => {
      const stride = input.columns.length;
      const values = allocate(input.type, fates.rows * stride);
      for (let i = 0; i < stride; i++) write[i]!(columns[input.columns[i]!.slot]!, fates, values, i, stride);
      return { name: input.name, type: input.type, rows: fates.rows, columns: stride, flat: input.flat, values };
    });
  };
}

function allocate(type: TensorType, length: number): TensorValues {
  switch (type) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'bool':
      return new Uint8Array(length);
    case 'string':
      return new Array<string>(length).fill('');
  }
}

function writer(column: ContractColumn, input: ContractInput): WriteColumn {
  if (input.type === 'string') return textWriter(column);
  const kernel = numericKernel(column);
  const store = STORES[input.type] ?? storeNumber;
  const [least, most] = RANGES[input.type] ?? [-Infinity, Infinity];
  const path = column.spec.field;
  const narrow = input.type === 'float32' ? Math.fround : (value: number) => value;
  const { missing } = column.spec;
  const missingValue = missing === undefined ? undefined : narrow(kernel.missing(missing));

  return (source, fates, into, at, stride) => {
    const { state } = source;
    for (let row = 0, i = at; row < fates.rows; row++, i += stride) {
      if (!fates.isAlive(row)) continue;
      if (state[row] !== VALUE) {
        if (state[row] !== MISMATCH && missingValue !== undefined) store(into, i, missingValue);
        else killFor(fates, row, state[row]!, path);
        continue;
      }
      const value = narrow(
        source.as === 'number' ? kernel.number(source.values[row]!) : kernel.text(source.values[row]!),
      );
      if (Number.isFinite(value) && value >= least && value <= most) store(into, i, value);
      else if (kernel.isCategory) fates.kill(row, 'map', 'CATEGORY_UNKNOWN', `${path} is none of its categories`);
      else if (Number.isFinite(value)) fates.kill(row, 'map', 'FIELD_TYPE', `${path} does not fit into ${input.type}`);
      else fates.kill(row, 'map', 'FEATURE_NOT_FINITE', `${path} is not a finite number`);
    }
  };
}

function textWriter(column: ContractColumn): WriteColumn {
  const { field, missing } = column.spec;
  return (source, fates, into, at, stride) => {
    for (let row = 0, i = at; row < fates.rows; row++, i += stride) {
      if (!fates.isAlive(row)) continue;
      const state = source.state[row]!;
      if (state === VALUE) (into as string[])[i] = (source as TextColumn).values[row]!;
      else if (state !== MISMATCH && missing !== undefined) (into as string[])[i] = String(missing);
      else killFor(fates, row, state, field);
    }
  };
}

function killFor(fates: Fates, row: number, state: number, path: string): void {
  if (state === MISMATCH) fates.kill(row, 'map', 'FIELD_TYPE', `${path} has another type than the model needs`);
  else fates.kill(row, 'map', 'FIELD_NULL', `${path} is null or absent, and model.yaml gives no missing value`);
}

function storeNumber(into: TensorValues, at: number, value: number): void {
  (into as Float32Array)[at] = value;
}

function storeBoolean(into: TensorValues, at: number, value: number): void {
  (into as Uint8Array)[at] = value === 0 ? 0 : 1;
}

function storeBigInt(into: TensorValues, at: number, value: number): void {
  (into as BigInt64Array)[at] = BigInt(Math.trunc(value));
}

const STORES: Partial<Record<TensorType, typeof storeNumber>> = { int64: storeBigInt, bool: storeBoolean };

/** Beyond these a typed array would wrap around. The last double below 2^63 is 2^63 - 1024. */
const RANGES: Partial<Record<TensorType, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63 - 1024],
};

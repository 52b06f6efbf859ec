import {
  ABSENT,
  MISMATCH,
  NULL,
  TOO_MANY,
  VALUE,
  type Column,
  type Events,
  type LongColumn,
  type TextColumn,
} from '../flow/events.ts';
import type { Utf8Column } from '../flow/utf8-column.ts';
import type { Fates } from '../flow/fates.ts';
import { halfBits, roundToHalf } from '../flow/half.ts';
import {
  emptyValues,
  WHOLE_RANGES,
  type InputTensor,
  type TensorType,
  type TensorValues,
} from '../flow/tensors.ts';
import type { Slots } from '../flow/projection.ts';
import type { Contract, ContractColumn, ContractInput } from './contract.ts';
import { NONE, numericKernel, oneHotColumn } from './numeric-kernel.ts';

export type MapFeatures = (events: Events) => InputTensor[];

/** Writes one column of a row-major matrix: element `row * stride + at` for every living row. */
type WriteColumn = (
  column: Column,
  fates: Fates,
  into: TensorValues,
  at: number,
  stride: number,
) => void;

/**
 * Creates the stage that turns decoded columns into the tensors of the model. It kills a row whose
 * field is null without `missing`, has the wrong type, is not a known category, or is not finite.
 * The numbers of such a row stay 0 and have no meaning. `slots`: the column with each field of the
 * contract; default: in the order of the contract.
 */
export function createMapper(contract: Contract, slots?: Slots): MapFeatures {
  const placeOf = (slot: number): number => slots?.[slot] ?? slot;
  const inputs = contract.inputs.map((input) => ({
    input,
    write: input.columns.map((column) => ({
      from: placeOf(column.slot),
      at: column.at,
      column: writer(column, input),
    })),
  }));
  return function map(events) {
    const { fates, columns } = events;
    return inputs.map(({ input, write }) => {
      const stride = input.width;
      const values = emptyValues(input.type, fates.rows * stride);
      for (const { from, at, column } of write) column(columns[from]!, fates, values, at, stride);
      const { name, type, flat, inner } = input;
      const tensor = { name, type, rows: fates.rows, columns: stride, flat, values };
      return inner === undefined ? tensor : { ...tensor, inner };
    });
  };
}

function writer(column: ContractColumn, input: ContractInput): WriteColumn {
  if (input.type === 'string') return textWriter(column);
  if (column.as === 'long' && column.spec.part === undefined) return longWriter(column);
  return column.spec.oneHot === undefined
    ? numberWriter(column, input.type)
    : oneHotWriter(column, input.type);
}

/** Writes 64-bit integers unchanged. */
function longWriter(column: ContractColumn): WriteColumn {
  const { missing } = column.spec;
  // an integer: the contract has checked this
  const missingValue = missing === undefined ? undefined : BigInt(Number(missing));
  return (source, fates, into, at, stride) => {
    const { state, values } = source as LongColumn;
    for (let row = 0, i = at; row < fates.rows; row++, i += stride) {
      if (!fates.isAlive(row)) continue;
      const seen = state[row]!;
      const value = seen === VALUE ? values[row] : seen === MISMATCH ? undefined : missingValue;
      if (value === undefined) killFor(fates, row, seen, column);
      else (into as BigInt64Array)[i] = value;
    }
  };
}

/** Writes one number per row, or the elements of a vector. */
function numberWriter(column: ContractColumn, type: TensorType): WriteColumn {
  const kernel = numericKernel(column);
  const store = STORES[type] ?? storeNumber;
  const whole = type in WHOLE_RANGES;
  const [least, most] = WHOLE_RANGES[type] ?? [-Infinity, Infinity];
  const fits = (value: number): boolean =>
    Number.isFinite(value) &&
    value >= least &&
    value <= most &&
    (!whole || Number.isInteger(value));
  const { width, step } = column;
  const { field: path, missing } = column.spec;
  const narrow = NARROW[type] ?? ((value: number) => value);
  const missingValue = missing === undefined ? undefined : narrow(kernel.missing(missing));

  const numberOf = (source: Column, cell: number): number => {
    if (source.as === 'number') return kernel.number(source.values[cell]!);
    return source.as === 'long'
      ? kernel.long(source.values[cell]!)
      : kernel.text(source.values[cell]!);
  };
  /** Copies one cell of the column to one element of the tensor. */
  const put = (
    source: Column,
    cell: number,
    fates: Fates,
    row: number,
    into: TensorValues,
    i: number,
  ): void => {
    const seen = source.state[cell]!;
    if (seen !== VALUE) {
      if ((seen !== NULL && seen !== ABSENT) || missingValue === undefined)
        killFor(fates, row, seen, column);
      else if (!whole || fits(missingValue)) store(into, i, missingValue);
      else fates.kill(row, 'map', 'FIELD_TYPE', unfit(`missing of ${path}`, type, missingValue));
      return;
    }
    const value = narrow(numberOf(source, cell));
    if (fits(value)) store(into, i, value);
    else if (kernel.isCategory) killUnknown(fates, row, path);
    else if (Number.isFinite(value)) fates.kill(row, 'map', 'FIELD_TYPE', unfit(path, type, value));
    else fates.kill(row, 'map', 'FEATURE_NOT_FINITE', `${path} is not a finite number`);
  };
  if (width === 1) {
    return (source, fates, into, at, stride) => {
      for (let row = 0, i = at; row < fates.rows; row++, i += stride) {
        if (fates.isAlive(row)) put(source, row, fates, row, into, i);
      }
    };
  }
  return (source, fates, into, at, stride) => {
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      for (let i = 0; i < width; i++)
        put(source, row * width + i, fates, row, into, row * stride + at + i * step);
    }
  };
}

/** Sets the one column of the value of a row. The others are already 0. */
function oneHotWriter(column: ContractColumn, type: TensorType): WriteColumn {
  const find = oneHotColumn(column);
  const store = STORES[type] ?? storeNumber;
  const { missing } = column.spec;
  const missingColumn = missing === undefined ? undefined : find(missing);
  return (source, fates, into, at, stride) => {
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      const seen = source.state[row]!;
      let found = missingColumn;
      if (seen === VALUE) found = find(source.values[row]!);
      else if (seen === MISMATCH || found === undefined) {
        killFor(fates, row, seen, column);
        continue;
      }
      if (found >= 0) store(into, row * stride + at + found, 1);
      else if (found !== NONE) killUnknown(fates, row, column.spec.field);
    }
  };
}

function textWriter(column: ContractColumn): WriteColumn {
  const { missing } = column.spec;
  return (source, fates, into, at, stride) => {
    for (let row = 0, i = at; row < fates.rows; row++, i += stride) {
      if (!fates.isAlive(row)) continue;
      const state = source.state[row]!;
      if (state === VALUE) (into as string[])[i] = (source as TextColumn | Utf8Column).values[row]!;
      else if (state !== MISMATCH && missing !== undefined) (into as string[])[i] = String(missing);
      else killFor(fates, row, state, column);
    }
  };
}

function killFor(
  fates: Fates,
  row: number,
  state: number,
  { spec: { field, vector, matrix } }: ContractColumn,
): void {
  if (state === MISMATCH)
    fates.kill(row, 'map', 'FIELD_TYPE', `${field} has another type than the model needs`);
  else if (state === TOO_MANY)
    fates.kill(
      row,
      'map',
      'FIELD_TYPE',
      `${field} has more than ${vector ?? `[${matrix!.join(', ')}]`} elements`,
    );
  else {
    const size = vector ?? matrix?.join(' × ');
    const what =
      size === undefined
        ? 'is null or absent'
        : `is null, or one of its ${size} elements is null or absent`;
    fates.kill(row, 'map', 'FIELD_NULL', `${field} ${what}, and model.yaml gives no missing value`);
  }
}

/**
 * A fraction after a transform, or a number out of range: storing it in the array would change it.
 */
function unfit(path: string, type: TensorType, value: number): string {
  return Number.isInteger(value)
    ? `${path} does not fit into ${type}`
    : `${path} is not a whole number, but the model takes ${type}`;
}

function killUnknown(fates: Fates, row: number, field: string): void {
  fates.kill(row, 'map', 'CATEGORY_UNKNOWN', `${field} is not one of its categories`);
}

function storeNumber(into: TensorValues, at: number, value: number): void {
  (into as Float32Array)[at] = value;
}

function storeBoolean(into: TensorValues, at: number, value: number): void {
  (into as Uint8Array)[at] = value === 0 ? 0 : 1;
}

function storeBigInt(into: TensorValues, at: number, value: number): void {
  (into as BigInt64Array)[at] = BigInt(value);
}

function storeHalf(into: TensorValues, at: number, value: number): void {
  (into as Uint16Array)[at] = halfBits(value);
}

const STORES: Partial<Record<TensorType, typeof storeNumber>> = {
  int64: storeBigInt,
  uint64: storeBigInt,
  bool: storeBoolean,
  float16: storeHalf,
};

/** Rounds to the precision of the type. */
const NARROW: Partial<Record<TensorType, (value: number) => number>> = {
  float32: Math.fround,
  float16: roundToHalf,
};

import type { Column } from '../../flow/events.ts';
import { halvesOf } from '../../flow/halves.ts';
import type { Type } from '../cel/typed.ts';
import { joinedBits } from './logic.ts';
import { bytes, doubles, NULL_OPERAND, SAFE, withoutNull, type Vector } from './vector.ts';

/** Reads a column of the events as a vector of one type. */
export type ReadField = (column: Column, rows: number) => Vector;

/** `isSize`: the column has the sizes of a field, and null has none. */
export function fieldReader(type: Type, isSize = false): ReadField {
  const numbers = doubles();
  const truths = bytes();
  const errors = bytes();
  return (column, rows) => {
    const found = stateOf(column.state, rows);
    const state = isSize ? withoutNull(found, errors, rows) : found;
    switch (column.as) {
      case 'text':
      case 'utf8':
        return { is: 'string', values: column.values, state };
      case 'long':
        return longs(column.values, numbers.of(rows), state, rows);
      case 'number':
        if (type === 'bool') return truthsOf(column.values, truths.of(rows), state, rows);
        return type === 'double'
          ? { is: 'double', values: column.values, state }
          : { is: 'int', values: column.values, exact: null, state };
    }
  };
}

/** Null if every row has a value, which is quicker for whoever reads it. */
function stateOf(state: Uint8Array, rows: number): Uint8Array | null {
  for (let row = 0; row < rows; row++) if (state[row] !== 0) return state;
  return null;
}

/** Without a BigInt for each of them: the two halves of a long are numbers. */
function longs(
  column: BigInt64Array,
  values: Float64Array,
  state: Uint8Array | null,
  rows: number,
): Vector {
  const halves = halvesOf(column);
  let beyond = false;
  for (let row = 0; row < rows; row++) {
    const value = halves[2 * row + 1]! * 2 ** 32 + (halves[2 * row]! >>> 0);
    values[row] = value;
    if (value > SAFE || value < -SAFE) beyond = true;
  }
  return { is: 'int', values, exact: beyond ? column : null, state };
}

function truthsOf(
  column: Float64Array,
  values: Uint8Array,
  state: Uint8Array | null,
  rows: number,
): Vector {
  for (let row = 0; row < rows; row++) {
    const now = state === null ? 0 : state[row]!;
    values[row] = now === 0 ? column[row]! : now === 1 ? NULL_OPERAND : now;
  }
  return { is: 'bool', values, some: joinedBits(values, rows), state };
}

import { VALUE, type Column } from '../flow/events.ts';
import { hashBytes } from '../flow/text-hash.ts';
import { Utf8Column } from '../flow/utf8-column.ts';

/** A column of one row, as often as it is needed. */
export function repeatedColumn(column: Column, rows: number): Column {
  const { width } = column;
  const state = new Uint8Array(rows * width);
  for (let i = 0; i < state.length; i++) state[i] = column.state[i % width]!;
  if (column.as === 'text')
    return { ...column, state, values: new Array<string>(rows).fill(column.values[0]!) };
  if (column.as === 'utf8') {
    const places = new Int32Array(4 * rows);
    for (let i = 0; i < places.length; i++) places[i] = column.places[i % 4]!;
    const copies = new Utf8Column(state, places);
    copies.blocks.push(...column.blocks);
    return copies;
  }
  if (column.as === 'long')
    return { ...column, state, values: new BigInt64Array(rows).fill(column.values[0]!) };
  const values = new Float64Array(rows * width);
  for (let i = 0; i < values.length; i++) values[i] = column.values[i % width]!;
  return { ...column, state, values };
}

/** Sets a value of a row. A column of another kind of values (a length) stays as it is. */
export function setValue(column: Column, row: number, value: number | string): void {
  if (column.width !== 1) return;
  if (column.as === 'text' && typeof value === 'string') column.values[row] = value;
  else if (column.as === 'utf8' && typeof value === 'string') {
    const bytes = Buffer.from(value);
    const block = column.blocks.push(bytes) - 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    column.places.set([block, 0, bytes.length, hashBytes(view, 0, bytes.length)], 4 * row);
  } else if (column.as === 'number' && typeof value === 'number') column.values[row] = value;
  else if (column.as === 'long' && typeof value === 'number') column.values[row] = BigInt(value);
  else return;
  column.state[row] = VALUE;
}

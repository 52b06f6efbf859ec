import type { Column } from '../../src/flow/events.ts';
import type { Cell } from './avro-oracle.ts';

/** The cells of one row. */
export function cellsOf({ width, state, values }: Column, row: number): Cell[] {
  return Array.from({ length: width }, (_, i) => ({
    state: state[row * width + i]!,
    value: values[row * width + i]!,
  }));
}

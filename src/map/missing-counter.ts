import { ABSENT, NULL, type Column, type Events } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { Contract } from './contract.ts';

/** In how many rows of a batch, never 0, `missing` stood in for a field that is null or absent. */
export type OnMissing = (field: string, rows: number) => void;

/**
 * Counts, once the columns of a batch are written, the living rows in which a `missing` value
 * stands. A field counts once a row, however many columns are made of it. `placeOf`: the column that
 * holds one of the contract's fields.
 */
export function missingCounter(
  contract: Contract,
  placeOf: (slot: number) => number,
  onMissing: OnMissing | undefined,
): (events: Events) => void {
  if (onMissing === undefined) return () => undefined;
  const slots = new Map<string, number>();
  for (const { columns } of contract.inputs)
    for (const { spec, slot } of columns)
      if (spec.missing !== undefined) slots.set(spec.field, placeOf(slot));
  return ({ columns, fates }) => {
    for (const [field, slot] of slots) {
      const rows = rowsWithout(columns[slot]!, fates);
      if (rows > 0) onMissing(field, rows);
    }
  };
}

function rowsWithout({ state, width }: Column, fates: Fates): number {
  let rows = 0;
  let counted = -1;
  for (let cell = 0; cell < state.length; cell++) {
    if (state[cell] !== NULL && state[cell] !== ABSENT) continue;
    const row = width === 1 ? cell : Math.floor(cell / width);
    if (row === counted || !fates.isAlive(row)) continue;
    counted = row;
    rows++;
  }
  return rows;
}

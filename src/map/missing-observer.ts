import { ABSENT, NULL, type Column, type Events } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { Observation } from '../flow/observation.ts';
import type { Slots } from '../flow/projection.ts';
import type { Contract } from './contract.ts';

/** In how many rows, never 0, `missing` replaced a field that is null or absent. */
export type OnMissing = (field: string, rows: number) => void;

/**
 * Creates the observer of the living rows with a `missing` value. A field counts once per row,
 * however many columns it fills. `slots`: the column with each field of the contract; default: in
 * the order of the contract.
 */
export function createMissingObserver(
  contract: Contract,
  slots: Slots | undefined,
  onMissing: OnMissing,
): (events: Events) => Observation | undefined {
  const places = new Map<string, number>();
  for (const { columns } of contract.inputs)
    for (const { spec, slot } of columns)
      if (spec.missing !== undefined) places.set(spec.field, slots?.[slot] ?? slot);
  return function observeMissing({ columns, fates }) {
    let seen: MissingValues | undefined;
    for (const [field, place] of places) {
      const rows = rowsWithout(columns[place]!, fates);
      if (rows > 0) (seen ??= new MissingValues(onMissing)).add(field, rows);
    }
    return seen;
  };
}

/** Rows by field. */
class MissingValues implements Observation {
  readonly #rows = new Map<string, number>();
  readonly #onMissing: OnMissing;

  constructor(onMissing: OnMissing) {
    this.#onMissing = onMissing;
  }

  add(field: string, rows: number): void {
    this.#rows.set(field, (this.#rows.get(field) ?? 0) + rows);
  }

  merge(other: this): void {
    for (const [field, rows] of other.#rows) this.add(field, rows);
  }

  record(): void {
    for (const [field, rows] of this.#rows) this.#onMissing(field, rows);
  }
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

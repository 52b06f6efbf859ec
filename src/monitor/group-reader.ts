import { VALUE, type Column, type Events } from '../flow/events.ts';
import { GroupTexts } from './group-texts.ts';
import { NONE, type GroupField } from './fairness-window.ts';
import { GroupNames } from './group-names.ts';

/** Where the values of a field are in the columns of a plan. */
export interface GroupSource {
  /** Its types, each a column: the first one that has a value counts. */
  readonly slots: readonly number[];
  /** Its numbers are truth values. */
  readonly boolean: boolean;
}

/** A field by which events are grouped: by its values, or by ranges of its numbers. */
export class Grouping implements GroupField {
  readonly path: string;
  readonly names = new GroupNames();
  /** Bounds between the ranges, from low to high; undefined: each value is a group. */
  readonly #bounds: readonly number[] | undefined;
  readonly #ranges: readonly number[];
  readonly #texts = new GroupTexts(this.names);

  constructor(path: string, bounds?: readonly number[]) {
    this.path = path;
    this.#bounds = bounds;
    this.#ranges = rangeNames(bounds).map((name) => this.names.code(name));
  }

  /** The number of the group of each row. */
  codes({ columns, fates: { rows } }: Events, { slots, boolean }: GroupSource): Uint8Array {
    const codes = new Uint8Array(rows).fill(NONE);
    for (const slot of slots) this.#read(columns[slot]!, boolean, codes);
    return codes;
  }

  #read(column: Column, boolean: boolean, codes: Uint8Array): void {
    const { state } = column;
    if (this.#bounds !== undefined) {
      const { values } = column;
      for (let row = 0; row < codes.length; row++)
        if (state[row] === VALUE) codes[row] = this.#rangeOf(Number(values[row]));
      return;
    }
    const { names } = this;
    if (column.as === 'utf8') {
      this.#texts.read(column, codes);
      return;
    }
    if (column.as === 'text') {
      const { values } = column;
      for (let row = 0; row < codes.length; row++)
        if (state[row] === VALUE) codes[row] = names.code(values[row]!);
      return;
    }
    const { values } = column;
    for (let row = 0; row < codes.length; row++)
      if (state[row] === VALUE)
        codes[row] = names.code(boolean ? String(values[row] === 1) : String(values[row]));
  }

  #rangeOf(value: number): number {
    if (Number.isNaN(value)) return NONE;
    const bounds = this.#bounds!;
    let range = 0;
    while (range < bounds.length && value >= bounds[range]!) range++;
    return this.#ranges[range]!;
  }
}

/** `< 18`, `18 to < 65`, `>= 65`. */
function rangeNames(bounds: readonly number[] | undefined): string[] {
  if (bounds === undefined) return [];
  return [...bounds, Infinity].map((to, i) => {
    const from = bounds[i - 1];
    if (from === undefined) return `< ${to}`;
    return to === Infinity ? `>= ${from}` : `${from} to < ${to}`;
  });
}

import { VALUE, type Column } from '../flow/events.ts';
import type { SeriesField } from './series.ts';

/** Code of a category that is null or absent. */
export const NO_CATEGORY = -1;
/** Code of all categories beyond this many: there are too many to know each. */
const MAX_CATEGORIES = 100_000;
export const TOO_MANY_CATEGORIES = MAX_CATEGORIES;

/** The values of one series in the rows of the sample. */
export type Values = NumberValues | CategoryValues;

/** Numbers; NaN where there is none. */
export class NumberValues {
  #values = new Float64Array(1024);

  put(place: number, value: number): void {
    if (place >= this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[place] = value;
  }

  rows(count: number): Float64Array {
    return this.#values.subarray(0, count);
  }
}

/** Categories by code, in the order of their first row. */
export class CategoryValues {
  readonly #numbers = new NumberValues();
  readonly #codes = new Map<string, number>();

  put(place: number, category: string | undefined): void {
    this.#numbers.put(place, category === undefined ? NO_CATEGORY : this.#codeOf(category));
  }

  rows(count: number): Float64Array {
    return this.#numbers.rows(count);
  }

  get names(): readonly string[] {
    return [...this.#codes.keys()];
  }

  #codeOf(category: string): number {
    const known = this.#codes.get(category);
    if (known !== undefined) return known;
    if (this.#codes.size >= MAX_CATEGORIES) return TOO_MANY_CATEGORIES;
    const code = this.#codes.size;
    this.#codes.set(category, code);
    return code;
  }
}

/** Reads the value of a series from a row of the decoded columns. */
export function readerOf({ kind, slot, width, element = 0 }: SeriesField) {
  const cellOf = (row: number): number => row * width + element;
  return {
    kind,
    number(columns: readonly Column[], row: number): number {
      const { state, values } = columns[slot]!;
      const cell = cellOf(row);
      return state[cell] === VALUE ? Number(values[cell]) : NaN;
    },
    category(columns: readonly Column[], row: number): string | undefined {
      const { state, values } = columns[slot]!;
      const cell = cellOf(row);
      return state[cell] === VALUE ? String(values[cell]) : undefined;
    },
  };
}

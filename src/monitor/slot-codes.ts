import { VALUE, type Column } from '../flow/events.ts';
import type { CategoricalReference, Histogram } from './profile.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { MISSING } from './reference.ts';
import { countSlots, slotFinder, writeSlots, type NumberCells } from './slot-finder.ts';

/**
 * The slots of the rows of a batch in each series. Most batches need only their counts, so the
 * slots of the single rows are found again for a series that needs them.
 */
export interface SlotCodes {
  /** Where the slots of each series begin in the counts; the score is the last series. */
  readonly offsets: readonly number[];
  /**
   * Rows by slot, one series after the other; those of the score are 0. The same columns get the
   * same array: nobody may change it.
   */
  readonly counts: (columns: readonly Column[], rows: number) => Int32Array;
  /** The slot of each row in one series of features. */
  readonly of: (series: number, columns: readonly Column[], rows: number) => Uint8Array;
}

/** How the values of a series become slots. */
interface ColumnSlots {
  readonly count: (column: Column, rows: number, counts: Int32Array, at: number) => void;
  readonly write: (column: Column, rows: number, codes: Uint8Array) => void;
}

export function createSlotCodes(series: readonly ReferenceSeries[]): SlotCodes {
  const offsets: number[] = [];
  let width = 0;
  for (const { slots } of series) {
    offsets.push(width);
    width += slots.names.length;
  }
  const features = series.flatMap(({ field, reference }, i) => {
    if (field === undefined || reference === undefined) return [];
    const { slot, width: cells, element = 0 } = field;
    const own =
      reference.kind === 'numeric'
        ? numberSlots(reference, cells, element)
        : categorySlots(reference);
    return [{ slot, own, at: offsets[i]! }];
  });
  // Marks and counts of a batch are made of the same.
  const known = new WeakMap<readonly Column[], Int32Array>();
  return {
    offsets,
    counts: (columns, rows) => {
      const before = known.get(columns);
      if (before !== undefined) return before;
      const counts = new Int32Array(width);
      for (const { slot, own, at } of features) own.count(columns[slot]!, rows, counts, at);
      known.set(columns, counts);
      return counts;
    },
    of: (number, columns, rows) => {
      const { slot, own } = features[number]!;
      const codes = new Uint8Array(rows);
      own.write(columns[slot]!, rows, codes);
      return codes;
    },
  };
}

function numberSlots(reference: Histogram, width: number, element: number): ColumnSlots {
  const finder = slotFinder(reference);
  const cellsOf = ({ state, values }: Column): NumberCells => ({
    values: values as NumberCells['values'], // the model reads the field as a number
    state,
    start: element,
    stride: width,
  });
  return {
    count: (column, rows, counts, at) => {
      countSlots(finder, cellsOf(column), rows, counts, at);
    },
    write: (column, rows, codes) => {
      writeSlots(finder, cellsOf(column), rows, codes);
    },
  };
}

/** So many different values are remembered with their slot. */
const MAX_KNOWN = 10_000;

function categorySlots({ categories, otherCategories }: CategoricalReference): ColumnSlots {
  const slots = new Map(categories.map((name, i) => [name, i + 1]));
  const other = categories.length + 1;
  const unseen = other + 1;
  const others = new Set(otherCategories);
  const slotOf = (name: string): number =>
    slots.get(name) ?? (otherCategories === null || others.has(name) ? other : unseen);
  const known = new Map<unknown, number>();
  const slotIn = ({ state, values }: Column, row: number): number => {
    if (state[row] !== VALUE) return MISSING;
    const value = values[row];
    let slot = known.get(value);
    if (slot !== undefined) return slot;
    slot = slotOf(String(value));
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(value, slot);
    return slot;
  };
  return {
    count: (column, rows, counts, at) => {
      for (let row = 0; row < rows; row++) {
        const slot = at + slotIn(column, row);
        counts[slot] = counts[slot]! + 1;
      }
    },
    write: (column, rows, codes) => {
      for (let row = 0; row < rows; row++) codes[row] = slotIn(column, row);
    },
  };
}

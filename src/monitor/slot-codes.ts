import { VALUE, type Column } from '../flow/events.ts';
import type { CategoricalReference, Histogram } from './profile.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { MISSING } from './reference.ts';

/** Writes the slot of each row of a column. */
type WriteCodes = (column: Column, rows: number, codes: Uint8Array) => void;

/** For each series of features, the slot of each row. */
export type SlotCodes = (columns: readonly Column[], rows: number) => readonly Uint8Array[];

export function createSlotCodes(series: readonly ReferenceSeries[]): SlotCodes {
  const writers = series.flatMap(({ field, reference }) => {
    if (field === undefined || reference === undefined) return [];
    const { slot, width, element = 0 } = field;
    const write =
      reference.kind === 'numeric'
        ? numberCodes(reference, width, element)
        : categoryCodes(reference);
    return [{ slot, write }];
  });
  // Marks and counts of a batch are made of the same.
  const known = new WeakMap<readonly Column[], readonly Uint8Array[]>();
  return (columns, rows) => {
    const before = known.get(columns);
    if (before !== undefined) return before;
    const all = writers.map(({ slot, write }) => {
      const codes = new Uint8Array(rows);
      write(columns[slot]!, rows, codes);
      return codes;
    });
    known.set(columns, all);
    return all;
  };
}

/** The cells of a grid between the first and the last edge. */
const CELLS = 512;

/**
 * Finds the slot of a number: 1 plus how many thresholds (the lower bound, the edges, and what is
 * above the upper bound) are not above it. A grid says where to begin, so nearly no branch depends on
 * the value: a search would mispredict most of its steps.
 */
export interface SlotFinder {
  /** One more at the end: nothing is above it. */
  readonly thresholds: Float64Array;
  /** By cell, how many thresholds are surely not above; the first and the last cell are outside. */
  readonly begin: Uint8Array;
  readonly from: number;
  readonly scale: number;
}

export function slotFinder({ edges, low, high }: Histogram): SlotFinder {
  const thresholds = Float64Array.of(low, ...edges, nextUp(high), Infinity);
  const begin = new Uint8Array(CELLS + 2).fill(1);
  const [from, to] = [edges[0] ?? low, edges.at(-1) ?? low];
  const scale = CELLS / (to - from);
  if (!Number.isFinite(scale)) return { thresholds, begin, from, scale: 0 };
  for (let cell = 2; cell < begin.length; cell++) {
    // Where the cell before begins, so that rounding never puts a value too far.
    const value = from + (cell - 2) / scale;
    begin[cell] = edges.filter((edge) => edge <= value).length + (low <= value ? 1 : 0);
  }
  return { thresholds, begin, from, scale };
}

/** The slots of numbers, such as scores; NaN is missing. */
export function codesOfNumbers(
  values: Float64Array,
  { thresholds, begin, from, scale }: SlotFinder,
  codes: Uint8Array,
): void {
  const [low] = thresholds as unknown as [number];
  const last = thresholds.length - 1;
  for (let row = 0; row < codes.length; row++) {
    const value = values[row]!;
    const cell = Math.min(Math.max((value - from) * scale, -1), CELLS) + 1;
    let slot = begin[cell | 0]!;
    while (value >= thresholds[slot]! && slot < last) slot++;
    if (value < low) slot = 0;
    codes[row] = Number.isNaN(value) ? MISSING : slot + 1;
  }
}

function numberCodes(reference: Histogram, width: number, element: number): WriteCodes {
  const finder = slotFinder(reference);
  return ({ state, values }, rows, codes) => {
    const plain =
      width === 1 && values instanceof Float64Array
        ? values
        : Float64Array.from({ length: rows }, (_, row) => Number(values[row * width + element]));
    codesOfNumbers(plain, finder, codes);
    // VALUE is 0, so this takes no branch where all values are there.
    let other = 0;
    for (let cell = element; cell < state.length; cell += width) other |= state[cell]!;
    if (other === VALUE) return;
    for (let row = 0; row < rows; row++)
      if (state[row * width + element] !== VALUE) codes[row] = MISSING;
  };
}

/** So many different values are remembered with their slot. */
const MAX_KNOWN = 10_000;

function categoryCodes({ categories, otherCategories }: CategoricalReference): WriteCodes {
  const slots = new Map(categories.map((name, i) => [name, i + 1]));
  const other = categories.length + 1;
  const unseen = other + 1;
  const others = new Set(otherCategories);
  const slotOf = (name: string): number =>
    slots.get(name) ?? (otherCategories === null || others.has(name) ? other : unseen);
  const known = new Map<unknown, number>();
  return ({ state, values }, rows, codes) => {
    for (let row = 0; row < rows; row++) {
      if (state[row] !== VALUE) {
        codes[row] = MISSING;
        continue;
      }
      const value = values[row];
      let slot = known.get(value);
      if (slot === undefined) {
        slot = slotOf(String(value));
        if (known.size >= MAX_KNOWN) known.clear();
        known.set(value, slot);
      }
      codes[row] = slot;
    }
  };
}

const BITS = new DataView(new ArrayBuffer(8));

/** The next larger double. */
function nextUp(value: number): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return Number.MIN_VALUE;
  BITS.setFloat64(0, value);
  BITS.setBigInt64(0, BITS.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return BITS.getFloat64(0);
}

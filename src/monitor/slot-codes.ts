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

/** The thresholds of a histogram: the slot of a number is 1 plus how many are not above it. */
export function thresholdsOf({ edges, low, high }: Histogram): Float64Array {
  return Float64Array.of(low, ...edges, nextUp(high));
}

/**
 * Thresholds as a search tree in the order of its levels: the children of i are 2i + 1 and 2i + 2.
 * It is full; nothing is above or equal to a NaN.
 */
export interface SearchTree {
  readonly tree: Float64Array;
  readonly depth: number;
}

export function searchTree(thresholds: Float64Array): SearchTree {
  const depth = Math.max(4, Math.ceil(Math.log2(thresholds.length + 1)));
  const tree = new Float64Array(2 ** depth - 1).fill(NaN);
  let next = 0;
  const fill = (i: number): void => {
    if (i >= tree.length) return;
    fill(2 * i + 1);
    tree[i] = thresholds[next++] ?? NaN;
    fill(2 * i + 2);
  };
  fill(0);
  return { tree, depth };
}

/**
 * The slots of plain numbers, such as scores. Each step of the search adds the result of a
 * comparison instead of branching on it, because it cannot be predicted.
 */
export function codesOfNumbers(
  values: Float64Array,
  { tree, depth }: SearchTree,
  codes: Uint8Array,
): void {
  const least = tree.length - 1;
  for (let row = 0; row < codes.length; row++) {
    const value = values[row]!;
    let i = 0;
    i = 2 * i + 1 + (value >= tree[i]! ? 1 : 0);
    i = 2 * i + 1 + (value >= tree[i]! ? 1 : 0);
    i = 2 * i + 1 + (value >= tree[i]! ? 1 : 0);
    i = 2 * i + 1 + (value >= tree[i]! ? 1 : 0);
    for (let level = 4; level < depth; level++) i = 2 * i + 1 + (value >= tree[i]! ? 1 : 0);
    codes[row] = i - least;
  }
}

function numberCodes(reference: Histogram, width: number, element: number): WriteCodes {
  const tree = searchTree(thresholdsOf(reference));
  return ({ state, values }, rows, codes) => {
    const plain =
      width === 1 && values instanceof Float64Array
        ? values
        : Float64Array.from({ length: rows }, (_, row) => Number(values[row * width + element]));
    codesOfNumbers(plain, tree, codes);
    for (let row = 0; row < rows; row++) {
      if (state[row * width + element] !== VALUE || Number.isNaN(plain[row])) codes[row] = MISSING;
    }
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

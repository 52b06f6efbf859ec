import { VALUE } from '../flow/events.ts';
import type { Histogram } from './profile.ts';
import { MISSING } from './reference.ts';

/**
 * Finds the slot of a number: it is missing, or 1 plus how many thresholds (the lower bound, the
 * edges, and what is above the upper bound) are not above it. The search has no branch that depends
 * on the value, because a processor would mispredict it.
 */
export interface SlotFinder {
  /** Ascending, then NaN, which no number reaches: a power of two in all. */
  readonly thresholds: Float64Array;
}

/** Numbers of a column: from `start` on, one in `stride` cells. NaN is missing. */
export interface NumberCells {
  readonly values: Float64Array;
  /** Undefined: all have a value. */
  readonly state: Uint8Array | undefined;
  readonly start: number;
  readonly stride: number;
}

/** With at most 15 thresholds, as profiles have them, a search has four steps. */
const NARROW = 16;

export function slotFinder({ edges, low, high }: Histogram): SlotFinder {
  const all = [low, ...edges, nextUp(high)];
  let size = NARROW;
  while (size <= all.length) size *= 2;
  const thresholds = new Float64Array(size).fill(NaN);
  thresholds.set(all);
  return { thresholds };
}

/** Adds the rows by slot to `counts`, from `at` on. */
export function countSlots(
  { thresholds }: SlotFinder,
  cells: NumberCells,
  rows: number,
  counts: Int32Array,
  at: number,
): void {
  const { values, state, start, stride } = cells;
  const isNarrow = thresholds.length === NARROW;
  const count = isNarrow ? countNarrow : countWide;
  count(thresholds, cells, rows, counts, at);
  if (state === undefined) return;
  // VALUE is 0, so this takes no branch where all values are there
  let other = 0;
  for (let row = 0, cell = start; row < rows; row++, cell += stride) other |= state[cell]!;
  if (other === VALUE) return;
  for (let row = 0, cell = start; row < rows; row++, cell += stride) {
    if (state[cell] === VALUE) continue;
    const counted = at + slotOf(thresholds, values[cell]!);
    counts[counted] = counts[counted]! - 1;
    counts[at + MISSING] = counts[at + MISSING]! + 1;
  }
}

/** Writes the slot of each row. */
export function writeSlots(
  { thresholds }: SlotFinder,
  { values, state, start, stride }: NumberCells,
  rows: number,
  codes: Uint8Array,
): void {
  for (let row = 0, cell = start; row < rows; row++, cell += stride)
    codes[row] =
      state === undefined || state[cell] === VALUE ? slotOf(thresholds, values[cell]!) : MISSING;
}

type Count = (
  thresholds: Float64Array,
  cells: NumberCells,
  rows: number,
  counts: Int32Array,
  at: number,
) => void;

const countNarrow: Count = (thresholds, { values, start, stride }, rows, counts, at) => {
  for (let row = 0, cell = start; row < rows; row++, cell += stride) {
    const slot = at + narrowSlot(thresholds, values[cell]!);
    counts[slot] = counts[slot]! + 1;
  }
};

const countWide: Count = (thresholds, { values, start, stride }, rows, counts, at) => {
  for (let row = 0, cell = start; row < rows; row++, cell += stride) {
    const slot = at + wideSlot(thresholds, values[cell]!);
    counts[slot] = counts[slot]! + 1;
  }
};

function narrowSlot(thresholds: Float64Array, value: number): number {
  let slot = +(value >= thresholds[7]!) << 3;
  slot += +(value >= thresholds[slot + 3]!) << 2;
  slot += +(value >= thresholds[slot + 1]!) << 1;
  return slot + +(value >= thresholds[slot]!) + +(value === value);
}

function wideSlot(thresholds: Float64Array, value: number): number {
  let slot = 0;
  for (let half = thresholds.length >> 1; half > 0; half >>= 1)
    slot += +(value >= thresholds[slot + half - 1]!) * half;
  return slot + +(value === value);
}

function slotOf(thresholds: Float64Array, value: number): number {
  return thresholds.length === NARROW ? narrowSlot(thresholds, value) : wideSlot(thresholds, value);
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

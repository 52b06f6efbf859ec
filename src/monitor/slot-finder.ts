import { VALUE } from '../flow/events.ts';
import { createCountKernel, KERNEL_ROWS } from './count-kernel.ts';
import type { Histogram } from './profile.ts';
import { MISSING } from './reference.ts';

/**
 * Finds the slot of a number: it is missing, or 1 plus how many thresholds (the lower bound, the
 * edges, and what is above the upper bound) are not above it.
 */
export interface SlotFinder {
  /** Ascending. */
  readonly thresholds: Float64Array;
}

/** Numbers of a column: from `start` on, one in `stride` cells. NaN is missing. */
export interface NumberCells {
  readonly values: Float64Array | BigInt64Array;
  /** Undefined: all have a value. */
  readonly state: Uint8Array | undefined;
  readonly start: number;
  readonly stride: number;
}

/** A profile has at most 100 edges, and two bounds. */
const MOST_THRESHOLDS = 102;

/** Comparing with all thresholds, many numbers at once, is faster than a search for each. */
const kernel = createCountKernel(MOST_THRESHOLDS);

export function slotFinder({ edges, low, high }: Histogram): SlotFinder {
  return { thresholds: Float64Array.of(low, ...edges, nextUp(high)) };
}

/** Adds the rows by slot to `counts`, from `at` on. */
export function countSlots(
  { thresholds }: SlotFinder,
  { values, state, start, stride }: NumberCells,
  rows: number,
  counts: Int32Array,
  at: number,
): void {
  for (let from = 0; from < rows; from += KERNEL_ROWS) {
    const some = Math.min(KERNEL_ROWS, rows - from);
    const cell = start + from * stride;
    read(values, cell, stride, some, kernel.values);
    if (state === undefined) kernel.states.fill(VALUE, 0, some);
    else read(state, cell, stride, some, kernel.states);
    if (!kernel.count(thresholds, some, counts, at) || state === undefined) continue;
    for (let row = 0; row < some; row++) {
      if (kernel.states[row] === VALUE) continue;
      const counted = at + slotOf(thresholds, kernel.values[row]!);
      counts[counted] = counts[counted]! - 1;
      counts[at + MISSING] = counts[at + MISSING]! + 1;
    }
  }
}

/** Writes the slot of each row. */
export function writeSlots(
  { thresholds }: SlotFinder,
  { values, state, start, stride }: NumberCells,
  rows: number,
  codes: Uint8Array,
): void {
  for (let row = 0, cell = start; row < rows; row++, cell += stride) {
    const isThere = state === undefined || state[cell] === VALUE;
    codes[row] = isThere ? slotOf(thresholds, Number(values[cell])) : MISSING;
  }
}

function read(
  from: NumberCells['values'] | Uint8Array,
  start: number,
  stride: number,
  count: number,
  into: Float64Array | Uint8Array,
): void {
  if (stride === 1 && !(from instanceof BigInt64Array))
    into.set(count === from.length ? from : from.subarray(start, start + count));
  else for (let i = 0, cell = start; i < count; i++, cell += stride) into[i] = Number(from[cell]);
}

function slotOf(thresholds: Float64Array, value: number): number {
  if (Number.isNaN(value)) return MISSING;
  let slot = 1;
  for (let i = 0; i < thresholds.length; i++) slot += value >= thresholds[i]! ? 1 : 0;
  return slot;
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

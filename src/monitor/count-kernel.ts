import { MemoryLayout } from '../runtime/memory-layout.ts';
import { openKernel } from '../runtime/web-assembly.ts';
import { KERNEL } from './kernel-wasm.ts';

/** Numbers that are counted at once: so few that they stay in the nearest cache. */
export const KERNEL_ROWS = 1024;

/** Numbers that are compared side by side. */
const SIDE = 8;

/** Counts numbers by slot. The source of the kernel explains how. */
export interface CountKernel {
  /** Write up to `KERNEL_ROWS` numbers and the states of their cells here. */
  readonly values: Float64Array;
  readonly states: Uint8Array;
  /**
   * Adds the first `rows` of them to `counts` by slot, from `at` on. Returns whether a state is not
   * 0. `thresholds`: ascending.
   */
  readonly count: (
    thresholds: Float64Array,
    rows: number,
    counts: Int32Array,
    at: number,
  ) => boolean;
}

type Count = (
  values: number,
  states: number,
  rows: number,
  thresholds: number,
  count: number,
  counts: number,
  others: number,
) => number;

/** `most`: the most thresholds. */
export function createCountKernel(most: number): CountKernel {
  const slots = most + 2;
  const layout = new MemoryLayout();
  const valuesAt = layout.allocate(8 * KERNEL_ROWS, 64);
  const statesAt = layout.allocate(KERNEL_ROWS, 64);
  const thresholdsAt = layout.allocate(8 * most, 64);
  const countsAt = layout.allocate(8 * slots, 64);
  const { buffer, exports } = openKernel(KERNEL, layout.end);
  const values = new Float64Array(buffer, valuesAt, KERNEL_ROWS);
  const states = new Uint8Array(buffer, statesAt, KERNEL_ROWS);
  const limits = new Float64Array(buffer, thresholdsAt, most);
  const found = new Int32Array(buffer, countsAt, 2 * slots);
  const count = exports['count'] as Count;
  return {
    values,
    states,
    count: (thresholds, rows, counts, at) => {
      const { length } = thresholds;
      limits.set(thresholds);
      found.fill(0);
      const padded = Math.ceil(rows / SIDE) * SIDE;
      values.fill(NaN, rows, padded);
      // sixteen states are read at a time
      states.fill(0, rows, Math.min(KERNEL_ROWS, rows + 2 * SIDE));
      const others = countsAt + 4 * slots;
      const differs = count(valuesAt, statesAt, padded, thresholdsAt, length, countsAt, others);
      for (let slot = 0; slot < length + 2; slot++)
        counts[at + slot] = counts[at + slot]! + found[slot]! + found[slots + slot]!;
      counts[at] = counts[at]! - (padded - rows);
      return differs !== 0;
    },
  };
}

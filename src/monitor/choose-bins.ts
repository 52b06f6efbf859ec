import type { Histogram } from './profile.ts';

/** Bins are cut at deciles. */
const BINS = 10;
/** A value with this part of all rows has a bin of its own: zeros, defaults, caps. */
const ATOM = 0.05;
/** The bounds are this part of the range beyond the smallest and the largest value. */
const MARGIN = 0.05;

/**
 * Bins for sorted finite numbers: about ten with equally many rows. A frequent value has a bin
 * alone, so that a change of its share shows. No bin is empty. Without numbers there is one bin,
 * from 0 to 0.
 */
export function chooseBins(sorted: Float64Array): Histogram {
  const edges: number[] = [];
  const counts: number[] = [];
  const total = sorted.length;
  const wanted = total / BINS;
  let open = 0;
  let before = NaN;
  let lastIsAtom = false;
  const close = (next: number): void => {
    counts.push(open);
    if (!Number.isNaN(next)) edges.push(between(before, next));
    open = 0;
  };
  for (let from = 0; from < total;) {
    const value = sorted[from]!;
    let to = from + 1;
    while (to < total && sorted[to] === value) to++;
    const rows = to - from;
    const atom = rows >= ATOM * total;
    const full = open + rows - wanted > wanted - open;
    if (open > 0 && (atom || full)) close(value);
    open += rows;
    before = value;
    from = to;
    lastIsAtom = from < total ? atom : lastIsAtom;
    if (from < total && (atom || open >= wanted)) close(sorted[from]!);
  }
  // The few rows that are left belong to the bin before them.
  if (counts.length > 0 && open < wanted / 2 && !lastIsAtom) {
    edges.pop();
    open += counts.pop()!;
  }
  close(NaN);
  return { edges, counts, ...boundsOf(sorted) };
}

/** A number above `low` and not above `high`: short, where there is room. */
function between(low: number, high: number): number {
  const middle = low / 2 + high / 2;
  for (let digits = 1; digits <= 15; digits++) {
    const short = Number(middle.toPrecision(digits));
    if (short > low && short <= high) return short;
  }
  return middle > low ? middle : high;
}

/** The margin does not cross zero: a negative amount is new where all were positive. */
function boundsOf(sorted: Float64Array): { low: number; high: number } {
  if (sorted.length === 0) return { low: 0, high: 0 };
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  const margin = MARGIN * (max - min);
  // Too far apart for a double: no margin.
  const [low, high] = Number.isFinite(margin) ? [min - margin, max + margin] : [min, max];
  return {
    low: Math.max(low, min >= 0 ? 0 : -Number.MAX_VALUE),
    high: Math.min(high, max <= 0 ? 0 : Number.MAX_VALUE),
  };
}

/** How many of the values are in each bin; NaN is in none. */
export function countBins(values: Iterable<number>, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) if (!Number.isNaN(value)) counts[binOf(value, edges)]!++;
  return counts;
}

/** The bin of a number: how many edges are not above it. */
export function binOf(value: number, edges: readonly number[]): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value >= edges[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

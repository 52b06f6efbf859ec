/** The distribution of the scores of one side. */
export interface Distribution {
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly quantiles: Readonly<Record<string, number>>;
}

const QUANTILES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

export function distributionOf(sorted: Float64Array): Distribution {
  const count = sorted.length;
  if (count === 0) return { count, min: null, max: null, mean: null, quantiles: {} };
  let sum = 0;
  for (const score of sorted) sum += score;
  return {
    count,
    min: sorted[0]!,
    max: sorted[count - 1]!,
    mean: sum / count,
    quantiles: Object.fromEntries(QUANTILES.map((q) => [String(q), quantile(sorted, q)])),
  };
}

/** With linear interpolation between neighbours, as numpy does by default. */
export function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (high - low) * (place - below);
}

/** Counts of equally wide bins. The last bin has its upper end, too. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

export function histogramOf(
  sorted: Float64Array,
  { from, to, bins }: { readonly from: number; readonly to: number; readonly bins: number },
): Histogram {
  const counts = new Array<number>(bins).fill(0);
  const edge = (bin: number): number => from + (bin * (to - from)) / bins;
  let bin = 0;
  for (const score of sorted) {
    while (bin < bins - 1 && score >= edge(bin + 1)) bin++;
    counts[bin]!++;
  }
  return { from, to, counts };
}

/** A range that holds the scores of both sides: 0 to 1 if they look like probabilities. */
export function commonRange(...sorted: readonly Float64Array[]): { from: number; to: number } {
  const full = sorted.filter(({ length }) => length > 0);
  const from = Math.min(...full.map((scores) => scores[0]!));
  const to = Math.max(...full.map((scores) => scores.at(-1)!));
  return full.length === 0 || (from >= 0 && to <= 1) ? { from: 0, to: 1 } : { from, to };
}

/**
 * Middle of the values (mean of the two middle ones of an even number); NaN without values or with
 * a NaN among them.
 */
export function median(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? (sorted[middle - 1]! + sorted[middle]!) / 2
    : sorted[Math.floor(middle)]!;
}

/**
 * The value of a line through samples at a given place, both ascending in x; NaN outside of them.
 * A sample in the middle of a step says what the line between its neighbours says.
 */
export function interpolate(
  samples: readonly (readonly [x: number, y: number])[],
  x: number,
): number {
  const after = samples.findIndex(([at]) => at >= x);
  const [x1, y1] = samples[after] ?? [NaN, NaN];
  if (x1 === x) return y1;
  const [x0, y0] = samples[after - 1] ?? [NaN, NaN];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/**
 * The value that a share of the ascending values lies at or below (nearest rank); NaN without
 * values, or with NaN at their end.
 */
export function quantile(sorted: Float64Array, share: number): number {
  const last = sorted.at(-1) ?? NaN; // a typed array sorts NaN to its end
  if (Number.isNaN(last)) return NaN;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** How far from 1 the ratios of two runs of one program went, as a factor of at least 1. */
export function spreadOfPair(ratios: readonly number[]): number {
  return Math.max(...ratios.map((value) => Math.max(value, 1 / value)));
}

/**
 * Whether a ratio is no further from 1 than chance takes it (see `spreadOfPair`); not where chance
 * is unknown.
 */
export function isTie(ratio: number, chance: number): boolean {
  return Math.max(ratio, 1 / ratio) <= chance;
}

import type { Ensemble } from './ensemble.ts';

/**
 * Rows that sit where a mistake would show: each value is a threshold of its feature, its neighbour on either side, a
 * number between two of them, or NaN, infinite, zero. The same rows for the same ensemble. Answers rows × width.
 */
export function probeRows({ columns }: Ensemble, rows: number, width: number): Float32Array {
  const byFeature = new Map<number, number[]>();
  for (const { feature, thresholds } of columns)
    byFeature.set(feature, [...(byFeature.get(feature) ?? []), ...thresholds]);
  const next = random(width);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const x = new Float32Array(rows * width);
  for (let i = 0; i < x.length; i++) {
    const thresholds = byFeature.get(i % width) ?? [0];
    const kind = next();
    if (kind < 0.03) float[0] = NaN;
    else if (kind < 0.05) float[0] = pick([Infinity, -Infinity, 0, -0, 1e30, -1e30]);
    else if (kind < 0.4) float[0] = (pick(thresholds) + pick(thresholds)) / 2;
    else {
      float[0] = pick(thresholds);
      if (float[0] !== 0) bits[0]! += pick([-1, 0, 1]);
    }
    x[i] = float[0]!;
  }
  return x;
}

/** A generator of numbers in [0, 1) that says the same each time: mulberry32 (Tommy Ettinger, public domain). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import type { Ensemble } from './tree-ensemble.ts';
import { random } from '../../runtime/random.ts';

/**
 * Rows that would show a mistake: each value is a threshold of its feature, a neighbour of it on
 * either side, a number between two thresholds, NaN, infinity or zero. The same ensemble gives the
 * same rows. Returns rows × width.
 */
export function probeRows({ trees }: Ensemble, rows: number, width: number): Float32Array {
  const byFeature = new Map<number, Set<number>>();
  for (const { features, thresholds } of trees) {
    for (let i = 0; i < features.length; i++) {
      const known = byFeature.get(features[i]!);
      if (known === undefined) byFeature.set(features[i]!, new Set([thresholds[i]!]));
      else known.add(thresholds[i]!);
    }
  }
  const lists = Array.from({ length: width }, (_, feature) => [...(byFeature.get(feature) ?? [0])]);
  const next = random(width);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const x = new Float32Array(rows * width);
  for (let i = 0; i < x.length; i++) {
    const thresholds = lists[i % width]!;
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

import { isTrue } from './condition.ts';
import type { LeafShares } from './leaf-shares.ts';
import type { Path } from './paths.ts';
import type { Thresholds } from './thresholds.ts';

/** Adds to `phi` what paths add to the features of rows. */
export type AddPaths = (x: Float32Array, rows: number, width: number, phi: Float64Array) => void;

/** Paths of so many features that a table would be too large: computed for each row. */
export function longPaths(
  paths: readonly Path[],
  sharesOf: (path: Path) => LeafShares,
  { rank }: Thresholds,
  factor: number,
): AddPaths {
  const prepared = paths.map((path) => ({ ...path, add: sharesOf(path) }));
  const longest = paths.reduce((most, { features }) => Math.max(most, features.length), 0);
  const features = [...new Set(paths.flatMap((path) => path.features))];
  const into = new Float64Array(longest);
  return (x, rows, width, phi) => {
    const ranks = new Int32Array(width);
    for (let row = 0; row < rows; row++) {
      for (const feature of features) ranks[feature] = rank(feature, x[row * width + feature]!);
      for (const path of prepared) {
        let pattern = 0;
        for (let i = 0; i < path.features.length; i++)
          if (isTrue(path.conditions[i]!, ranks[path.features[i]!]!)) pattern |= 1 << i;
        into.fill(0);
        path.add(pattern, into, 0);
        for (let i = 0; i < path.features.length; i++)
          phi[row * width + path.features[i]!]! += factor * into[i]!;
      }
    }
  };
}

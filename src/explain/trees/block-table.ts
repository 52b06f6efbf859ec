import { keyOf, type Block } from './blocks.ts';
import type { Combinations } from './combinations.ts';
import type { LeafShares } from './leaf-shares.ts';
import type { Path } from './paths.ts';

/**
 * What the paths of a block add, for each combination: combinations × `lanes` numbers, times
 * `factor`. `laneOf`: the place of a feature.
 */
export function tableOf(
  { paths }: Block,
  { features, size }: Combinations,
  sharesOf: (path: Path) => LeafShares,
  factor: number,
  lanes: number,
  laneOf: (feature: number) => number,
): Float64Array {
  const table = new Float64Array(size * lanes);
  for (const path of paths) {
    const count = path.features.length;
    const vectors = sharesOf(path).all();
    const places = path.features.map(laneOf);
    const patterns = new Int32Array(size);
    let known = 1;
    for (const { feature, conditions, classes } of features) {
      const i = path.features.indexOf(feature);
      const bit = i < 0 ? -1 : [...conditions.keys()].indexOf(keyOf(path.conditions[i]!));
      // The first class overwrites what the others start from, so it comes last.
      for (let digit = classes.count - 1; digit >= 0; digit--) {
        const own = bit >= 0 && (classes.answers[digit]! >> bit) & 1 ? 1 << i : 0;
        for (let k = 0; k < known; k++) patterns[digit * known + k] = patterns[k]! | own;
      }
      known *= classes.count;
    }
    for (let k = 0; k < size; k++) {
      const from = patterns[k]! * count;
      for (let i = 0; i < count; i++) table[k * lanes + places[i]!]! += factor * vectors[from + i]!;
    }
  }
  return table;
}

import { isTrue, keyOf, type Condition } from './condition.ts';
import type { LeafShares } from './leaf-shares.ts';
import type { Path } from './paths.ts';
import type { Thresholds } from './thresholds.ts';

/** Adds to `phi` what paths add to the features of rows. */
export type AddPaths = (x: Float32Array, rows: number, width: number, phi: Float64Array) => void;

/** Memory of what is remembered, and the most patterns of a path. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_REMEMBERED = 256;

interface Prepared {
  readonly features: readonly number[];
  /** By feature: the number of its condition. */
  readonly asked: Int32Array;
  readonly add: LeafShares;
  /** Patterns of rows before, and what the path added. */
  readonly patterns: Int32Array;
  readonly added: Float64Array;
}

/**
 * Paths of so many features that a table would be too large: computed for each row. Rows of a
 * stream repeat, so the last patterns of a path are remembered.
 */
export function longPaths(
  paths: readonly Path[],
  sharesOf: (path: Path) => LeafShares,
  { rank }: Thresholds,
  factor: number,
): AddPaths {
  const numbers = paths.reduce((sum, { features }) => sum + features.length, 0);
  let remembered = 1;
  while (2 * remembered <= MAX_REMEMBERED && 16 * remembered * numbers <= MAX_BYTES)
    remembered *= 2;
  const conditions: { readonly feature: number; readonly condition: Condition }[] = [];
  const places = new Map<string, number>();
  const placeOf = (feature: number, condition: Condition): number => {
    const key = `${feature}:${keyOf(condition)}`;
    let place = places.get(key);
    if (place === undefined) places.set(key, (place = conditions.push({ feature, condition }) - 1));
    return place;
  };
  const prepared = paths.map((path): Prepared => {
    const { features } = path;
    return {
      features,
      asked: Int32Array.from(features, (feature, i) => placeOf(feature, path.conditions[i]!)),
      add: sharesOf(path),
      patterns: new Int32Array(remembered).fill(-1),
      added: new Float64Array(remembered * features.length),
    };
  });
  const truths = new Uint8Array(conditions.length);
  const features = [...new Set(conditions.map(({ feature }) => feature))];
  const shift = 32 - Math.log2(remembered);

  const find = ({ features, add, patterns, added }: Prepared, pattern: number): number => {
    const slot = shift === 32 ? 0 : Math.imul(pattern, 0x9e37_79b1) >>> shift;
    const at = slot * features.length;
    if (patterns[slot] !== pattern) {
      added.fill(0, at, at + features.length);
      add.one(pattern, added, at);
      patterns[slot] = pattern;
    }
    return at;
  };
  return (x, rows, width, phi) => {
    const ranks = new Int32Array(width);
    for (let row = 0; row < rows * width; row += width) {
      for (const feature of features) ranks[feature] = rank(feature, x[row + feature]!);
      for (let i = 0; i < truths.length; i++) {
        const { feature, condition } = conditions[i]!;
        truths[i] = isTrue(condition, ranks[feature]!) ? 1 : 0;
      }
      for (const path of prepared) {
        const { asked, added } = path;
        let pattern = 0;
        for (let i = 0; i < asked.length; i++) pattern |= truths[asked[i]!]! << i;
        const from = find(path, pattern);
        for (let i = 0; i < asked.length; i++)
          phi[row + path.features[i]!]! += factor * added[from + i]!;
      }
    }
  };
}

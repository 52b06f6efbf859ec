import type { Tree } from '../../onnx/trees/tree-ensemble.ts';

/** The thresholds of one feature: tests `value <= threshold`. NaN passes all of them or none. */
export interface Column {
  readonly feature: number;
  readonly nanPasses: boolean;
  /** Ascending, 1 to 255 of them, float32. */
  readonly thresholds: Float32Array;
}

/** The leaves that cannot be reached if a test fails, in one byte of the set of leaves. */
export interface Entry {
  readonly column: number;
  /** Index among the column's thresholds. */
  readonly threshold: number;
  readonly byte: number;
  readonly kept: number;
}

export interface BitsetPlan {
  readonly columns: readonly Column[];
  readonly entriesOf: (tree: Tree) => Entry[];
}

/** Beyond this, sets of leaves become long, and walking a tree is as fast. */
const MAX_LEAVES = 128;

/** The largest rank that fits into a byte. */
const MAX_THRESHOLDS = 255;

/** Whether the leaf of a tree is found by removing leaves from a set. Other trees are walked. */
export function usesBitset({ leaves, shared }: Tree): boolean {
  return leaves <= MAX_LEAVES && !shared;
}

/**
 * The layout of trees that are scored with sets: columns of thresholds, and the leaves that each
 * test removes.
 */
export function planBitsets(trees: readonly Tree[]): BitsetPlan {
  const groups = new Map<
    string,
    { readonly feature: number; readonly nanPasses: boolean; readonly found: Set<number> }
  >();
  for (const { features, thresholds, nanPasses } of trees) {
    for (const [i, feature] of features.entries()) {
      const key = `${feature}:${nanPasses[i]}`;
      let group = groups.get(key);
      if (group === undefined)
        groups.set(key, (group = { feature, nanPasses: nanPasses[i] === 1, found: new Set() }));
      group.found.add(thresholds[i]!);
    }
  }
  const columns: Column[] = [];
  const places = new Map<
    string,
    Map<number, { readonly column: number; readonly threshold: number }>
  >();
  for (const [key, { feature, nanPasses, found }] of groups) {
    const sorted = Float32Array.from(found).sort();
    const own = new Map<number, { column: number; threshold: number }>();
    for (let start = 0; start < sorted.length; start += MAX_THRESHOLDS) {
      const thresholds = sorted.subarray(start, start + MAX_THRESHOLDS);
      for (const [threshold, value] of thresholds.entries())
        own.set(value, { column: columns.length, threshold });
      columns.push({ feature, nanPasses, thresholds });
    }
    places.set(key, own);
  }
  return {
    columns,
    entriesOf: ({ features, thresholds, nanPasses, yes, no }) => {
      const first = new Int32Array(features.length);
      const firstLeaf = (reference: number): number =>
        reference < 0 ? ~reference : first[reference]!;
      for (let i = features.length - 1; i >= 0; i--) first[i] = firstLeaf(yes[i]!);
      return Array.from(features, (feature, i) => {
        const place = places.get(`${feature}:${nanPasses[i]}`)!.get(thresholds[i]!)!;
        return bytesOf(firstLeaf(yes[i]!), firstLeaf(no[i]!)).map((byte) => ({
          ...place,
          ...byte,
        }));
      }).flat();
    },
  };
}

/** One entry for each byte of the set with leaves `from` to `to` (exclusive). */
function bytesOf(from: number, to: number): Pick<Entry, 'byte' | 'kept'>[] {
  const entries = [];
  for (let byte = from >> 3; byte <= (to - 1) >> 3; byte++) {
    let kept = 0xff;
    for (let bit = 0; bit < 8; bit++)
      if (byte * 8 + bit >= from && byte * 8 + bit < to) kept &= ~(1 << bit);
    entries.push({ byte, kept });
  }
  return entries;
}

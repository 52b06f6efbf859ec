import type { Tree } from '../../onnx/trees/tree-ensemble.ts';

/** The limits of a node of 8 bytes: positions in a row, and pairs of nodes. */
const MAX_PLACES = 4096;
const MAX_PAIRS = 32_768;

export interface TraversalPlan {
  /** Inner nodes, level by level, so that the first steps of all rows share a few cache lines. */
  readonly order: Int32Array;
  /** The steps that every path has. */
  readonly sure: number;
  readonly wide: boolean;
  readonly bytes: number;
}

/** The layout of a tree with more than one leaf. `width`: features of a row. */
export function planTraversal({ features, yes, no, root }: Tree, width: number): TraversalPlan {
  const order = new Int32Array(features.length);
  const depths = new Int32Array(features.length).fill(-1);
  order[0] = root;
  depths[root] = 0;
  let [met, sure] = [1, Infinity];
  for (let i = 0; i < met; i++) {
    const number = order[i]!;
    for (const reference of [no[number]!, yes[number]!]) {
      if (reference < 0) sure = Math.min(sure, depths[number]! + 1);
      else if (depths[reference] === -1) {
        depths[reference] = depths[number]! + 1;
        order[met++] = reference;
      }
    }
  }
  const wide = 1 + 2 * width > MAX_PLACES || met >= MAX_PAIRS;
  return { order: order.subarray(0, met), sure, wide, bytes: 2 * (met + 1) * (wide ? 16 : 8) };
}

/**
 * Writes the nodes of a tree at `at`, in the layout that the source of the kernel explains: a pair
 * with the first of them, then a pair for the successors of each inner node, in order. `width`:
 * features of a row. Its second copy is for tests that NaN passes.
 */
export function writeNodes(
  view: DataView,
  at: number,
  tree: Tree,
  { order, wide }: TraversalPlan,
  width: number,
): void {
  const { features, thresholds, nanPasses, yes, no } = tree;
  const pairs = new Int32Array(features.length);
  for (let i = 0; i < order.length; i++) pairs[order[i]!] = i + 1;
  const write = (reference: number, pair: number, passes: number): void => {
    const node = at + (wide ? 16 : 8) * (2 * pair + passes);
    let [place, next] = [0, pair];
    if (reference < 0) view.setInt32(node, -reference | (passes === 1 ? 0 : 0x8000_0000), true);
    else {
      view.setFloat32(node, thresholds[reference]!, true);
      place = 1 + features[reference]! + (nanPasses[reference] === 1 ? width : 0);
      next = pairs[reference]!;
    }
    view.setInt32(node + 4, wide ? 32 * place : (next << 17) | (32 * place), true);
    if (wide) view.setInt32(node + 8, 32 * next, true);
  };
  write(order[0]!, 0, 0);
  for (let i = 0; i < order.length; i++) {
    write(no[order[i]!]!, i + 1, 0);
    write(yes[order[i]!]!, i + 1, 1);
  }
}

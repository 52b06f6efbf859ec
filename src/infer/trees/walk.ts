import type { Tree } from './ensemble.ts';

/** Bytes of a node: threshold, place of the value in a row, address where the test fails, address where it holds. */
export const NODE_BYTES = 16;

/**
 * Writes a tree's nodes at `at`, inner ones in front, level by level, so that the first steps of all rows share a few cache
 * lines; then the leaves in their order, each leading to itself. `low`: where a row's values begin whose NaN is below all
 * numbers, for tests that NaN passes.
 */
export function writeNodes(view: DataView, at: number, tree: Tree, low: number): void {
  const { features, thresholds, nanPasses, yes, no, root, leaves } = tree;
  const places = new Int32Array(features.length).fill(-1);
  const order: number[] = [];
  const meet = (reference: number): void => {
    if (reference >= 0 && places[reference] === -1) places[reference] = order.push(reference) - 1;
  };
  meet(root);
  // Grows while it is gone through.
  for (const number of order) {
    meet(no[number]!);
    meet(yes[number]!);
  }
  const address = (reference: number): number =>
    at + NODE_BYTES * (reference < 0 ? order.length + ~reference : places[reference]!);
  let next = at;
  for (const number of order) {
    view.setFloat32(next, thresholds[number]!, true);
    view.setInt32(next + 4, 4 * features[number]! + (nanPasses[number] === 1 ? low : 0), true);
    view.setInt32(next + 8, address(no[number]!), true);
    view.setInt32(next + 12, address(yes[number]!), true);
    next += NODE_BYTES;
  }
  for (let leaf = 0; leaf < leaves; leaf++, next += NODE_BYTES) {
    view.setInt32(next + 8, next, true);
    view.setInt32(next + 12, next, true);
  }
}

import type { Tree } from '../../onnx/trees/tree-ensemble.ts';

/**
 * Whether a test and the next one were `value = threshold` in the file: then both are one here.
 * Otherwise all below would be walked twice for each of them.
 */
export function isEqualTest({ features, yes, no }: Tree, test: number): boolean {
  const second = yes[test]!;
  return second === test + 1 && no[test] === yes[second] && features[test] === features[second];
}

/** Where a test leads if it holds: `value = threshold` is one test. */
export function ifHolds(tree: Tree, test: number): number {
  return isEqualTest(tree, test) ? tree.no[test + 1]! : tree.yes[test]!;
}

/** Whether a test holds: `value = threshold` is one test. */
export function holds(tree: Tree, test: number, value: number): boolean {
  return passes(tree, test, value) && !(isEqualTest(tree, test) && passes(tree, test + 1, value));
}

function passes({ thresholds, nanPasses }: Tree, test: number, value: number): boolean {
  return value <= thresholds[test]! || (value !== value && nanPasses[test] === 1);
}

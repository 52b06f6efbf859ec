import type { Tree } from '../../onnx/trees/tree-ensemble.ts';

/**
 * The steps of a walk through a tree. A test `value = threshold` became two, and a set of
 * categories a chain of such tests that lead to one node. Such a set is one step here: it is one
 * test of the training, with one cover, and walked once.
 */
export interface Steps {
  readonly tree: Tree;
  /** By test: where the step leads if it holds, and where not. */
  readonly held: Int32Array;
  readonly failed: Int32Array;
  /** Whether the step begins with `value = threshold`. */
  readonly isSet: Uint8Array;
}

export function stepsOf(tree: Tree): Steps {
  const { features, yes, no } = tree;
  const steps = {
    tree,
    held: Int32Array.from(yes),
    failed: Int32Array.from(no),
    isSet: new Uint8Array(features.length),
  };
  for (let test = 0; test < features.length; test++) {
    const second = yes[test]!;
    if (second !== test + 1 || no[test] !== yes[second] || features[test] !== features[second])
      continue;
    steps.isSet[test] = 1;
    steps.held[test] = no[second]!;
  }
  for (let test = 0; test < features.length; test++) {
    let last = test;
    while (continues(steps, last)) last = no[last]!;
    steps.failed[test] = no[last]!;
  }
  return steps;
}

/** Whether the test after this one belongs to the same set. */
export function continues({ tree, held, isSet }: Steps, test: number): boolean {
  const next = tree.no[test]!;
  return (
    isSet[test] === 1 &&
    next >= 0 &&
    isSet[next] === 1 &&
    tree.features[next] === tree.features[test] &&
    held[next] === held[test]
  );
}

/** Whether a step holds for a value of its feature. */
export function holds(steps: Steps, test: number, value: number): boolean {
  const { tree, isSet } = steps;
  if (isSet[test] === 0) return passes(tree, test, value);
  for (let one = test; ; one = tree.no[one]!) {
    if (passes(tree, one, value) && !passes(tree, one + 1, value)) return true;
    if (!continues(steps, one)) return false;
  }
}

/** Whether the row's value passes one test. */
function passes({ thresholds, nanPasses }: Tree, test: number, value: number): boolean {
  return value <= thresholds[test]! || (value !== value && nanPasses[test] === 1);
}

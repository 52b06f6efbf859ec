import type { EnsembleNode } from './protobuf-ensemble.ts';
import type { Ensemble } from './tree-ensemble.ts';
import { UnsupportedTrees } from './unsupported.ts';

/**
 * What becomes of the sums of the trees until they are the ensemble's output, by ONNX Runtime's
 * order of operations.
 */
export interface Aggregation {
  /** Sums of a row. */
  readonly targets: number;
  /** Numbers of a row in the output. */
  readonly width: number;
  /** Added to each target's sum. */
  readonly baseValues: readonly number[];
  /** What the sums are divided by before: the number of trees where they are averaged, else 1. */
  readonly divisor: number;
  /** What the first of two numbers is made of the second of; undefined where each has its sum. */
  readonly other: 'complement' | 'negative' | undefined;
  /** rows × targets to rows × targets, before the transform; may work in place. */
  readonly aggregate: (sums: Float32Array) => Float32Array;
  readonly postTransform: 'NONE' | 'LOGISTIC' | 'SOFTMAX';
  /** rows × targets to rows × width, after the transform; may work in place. */
  readonly toOutput: (numbers: Float32Array) => Float32Array;
}

type Numbers = (numbers: Float32Array) => Float32Array;

const asTheyAre: Numbers = (numbers) => numbers;

/**
 * The largest number of single precision; sums below half of it cannot grow beyond it, however they
 * are rounded.
 */
const LARGEST = 3.4028234663852886e38;

/** Throws `UnsupportedTrees` for what it does not know. */
export function aggregationOf(node: EnsembleNode, ensemble: Ensemble): Aggregation {
  const targets = [...new Set(ensemble.trees.flatMap(({ values }) => [...values.keys()]))].sort(
    (a, b) => a - b,
  );
  for (const target of targets) {
    // ONNX Runtime finishes a row another way where nothing was added to a target; probes could
    // miss such a row.
    if (!ensemble.trees.some(({ always }) => always.has(target)))
      throw new UnsupportedTrees('a target gets weights from some leaves only');
    staysFinite(ensemble, target);
  }
  checkForm(node);
  return node.classifier
    ? classifier(node, targets)
    : regressor(node, targets, ensemble.trees.length);
}

/**
 * Throws `UnsupportedTrees` for what the node says itself that is not known, without a look at its
 * trees.
 */
export function checkForm(node: EnsembleNode): void {
  if (node.floats('base_values').some((base) => !(Math.abs(base) < LARGEST / 4)))
    throw new UnsupportedTrees('their base values are not finite or too large');
  if (
    node
      .floats(node.classifier ? 'class_weights' : 'target_weights')
      .some((weight) => !Number.isFinite(weight))
  )
    throw weightsTooLarge();
  if (node.classifier) {
    postTransformOf(node);
    if (classesOf(node) < 2) throw new UnsupportedTrees('they have only one class');
  } else functionOf(node);
}

function weightsTooLarge(): UnsupportedTrees {
  return new UnsupportedTrees('their weights are not finite or too large to be added');
}

/**
 * Throws where a sum could be infinite or not a number: what follows the sums keeps such numbers
 * only in ONNX Runtime.
 */
function staysFinite({ trees }: Ensemble, target: number): void {
  let most = 0;
  for (const { values } of trees)
    most +=
      values.get(target)?.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0) ?? 0;
  // Also where a weight is NaN.
  if (!(most < LARGEST / 4)) throw weightsTooLarge();
}

function regressor(node: EnsembleNode, targets: readonly number[], trees: number): Aggregation {
  const count = targets.length;
  if (targets.some((target, i) => target !== i))
    throw new UnsupportedTrees('one of the targets gets no weight from any tree');
  const how = functionOf(node);
  const baseValues = basesOf(node, count);
  const add = adding(baseValues);
  const mean: Numbers = (sums) => {
    for (let i = 0; i < sums.length; i++) sums[i]! /= trees;
    return add(sums);
  };
  const aggregate = how === 'SUM' ? add : mean;
  return {
    targets: count,
    width: count,
    baseValues,
    divisor: how === 'SUM' ? 1 : trees,
    other: undefined,
    aggregate,
    postTransform: 'NONE',
    toOutput: asTheyAre,
  };
}

function functionOf(node: EnsembleNode): 'SUM' | 'AVERAGE' {
  const postTransform = node.text('post_transform', 'NONE');
  if (postTransform !== 'NONE')
    throw new UnsupportedTrees(`their post_transform is ${postTransform}`);
  const how = node.text('aggregate_function', 'SUM');
  if (how !== 'SUM' && how !== 'AVERAGE')
    throw new UnsupportedTrees(`their aggregate_function is ${how}`);
  return how;
}

function classesOf(node: EnsembleNode): number {
  return Math.max(node.textCount('classlabels_strings'), node.count('classlabels_int64s'));
}

function postTransformOf(node: EnsembleNode): Aggregation['postTransform'] {
  const postTransform = node.text('post_transform', 'NONE');
  if (postTransform === 'NONE' || postTransform === 'LOGISTIC' || postTransform === 'SOFTMAX')
    return postTransform;
  throw new UnsupportedTrees(`their post_transform is ${postTransform}`);
}

function classifier(node: EnsembleNode, targets: readonly number[]): Aggregation {
  const classes = classesOf(node);
  const postTransform = postTransformOf(node);
  if (classes === 2 && targets.length === 1)
    return binaryClassifier(node, targets[0]!, postTransform);
  if (targets.length !== classes || targets.some((target, i) => target !== i))
    throw new UnsupportedTrees('one of the classes gets no weight from any tree');
  const baseValues = basesOf(node, classes);
  return {
    targets: classes,
    width: classes,
    baseValues,
    divisor: 1,
    other: undefined,
    aggregate: adding(baseValues),
    postTransform,
    toOutput: asTheyAre,
  };
}

/** Two classes, and trees that vote for one: the other's number is made of it. */
function binaryClassifier(
  node: EnsembleNode,
  target: number,
  postTransform: Aggregation['postTransform'],
): Aggregation {
  const based = node.floats('base_values').length > 0;
  const positive = node.floats('class_weights').every((weight) => weight >= 0);
  // Nothing but positive weights may be taken for parts of a probability, depending on more than is
  // worth following.
  if (
    target !== 0 ||
    postTransform === 'SOFTMAX' ||
    (positive && based === (postTransform === 'NONE'))
  )
    throw new UnsupportedTrees('their two classes have an unusual form');
  // The logistic function of -x is 1 less that of x, in single precision as well: what is above a
  // half leaves an exact rest.
  const complement = positive || postTransform === 'LOGISTIC';
  const toOutput: Numbers = (numbers) => {
    const both = new Float32Array(2 * numbers.length);
    for (let row = 0; row < numbers.length; row++) {
      const number = numbers[row]!;
      both[2 * row] = complement ? 1 - number : -number;
      both[2 * row + 1] = number;
    }
    return both;
  };
  const baseValues = basesOf(node, 1);
  return {
    targets: 1,
    width: 2,
    baseValues,
    divisor: 1,
    other: complement ? 'complement' : 'negative',
    aggregate: adding(baseValues),
    postTransform,
    toOutput,
  };
}

function basesOf(node: EnsembleNode, count: number): readonly number[] {
  const bases = node.floats('base_values');
  if (bases.length === 0) return Array<number>(count).fill(0);
  if (bases.length !== count)
    throw new UnsupportedTrees('the number of their base values does not match');
  return Array.from(bases);
}

function adding(bases: readonly number[]): Numbers {
  const count = bases.length;
  return (sums) => {
    for (let i = 0; i < sums.length; i++) sums[i]! += bases[i % count]!;
    return sums;
  };
}

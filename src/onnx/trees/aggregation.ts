import type { EnsembleNode } from './protobuf-ensemble.ts';
import type { Ensemble } from './tree-ensemble.ts';
import { UnsupportedTrees } from './unsupported.ts';

/**
 * How the sums of the trees become the output of the ensemble, in the order of operations of ONNX
 * Runtime.
 */
export interface Aggregation {
  /** Sums of a row. */
  readonly targets: number;
  /** Numbers of a row in the output. */
  readonly width: number;
  /** Added to the sum of each target. */
  readonly baseValues: readonly number[];
  /** The sums are first divided by this: the number of trees if they are averaged, else 1. */
  readonly divisor: number;
  /**
   * How the first of two numbers is computed from the second; undefined if each has its own sum.
   */
  readonly other: 'complement' | 'negative' | undefined;
  /** rows × targets to rows × targets, before the transform. It may work in place. */
  readonly aggregate: (sums: Float32Array) => Float32Array;
  readonly postTransform: 'NONE' | 'LOGISTIC' | 'SOFTMAX';
  /** rows × targets to rows × width, after the transform. It may work in place. */
  readonly toOutput: (numbers: Float32Array) => Float32Array;
}

type Numbers = (numbers: Float32Array) => Float32Array;

const asTheyAre: Numbers = (numbers) => numbers;

/**
 * The largest number of single precision. Sums below half of it cannot exceed it, however they are
 * rounded.
 */
const LARGEST = 3.4028234663852886e38;

/** Throws `UnsupportedTrees` for unknown settings. */
export function aggregationOf(node: EnsembleNode, ensemble: Ensemble): Aggregation {
  const targets = [...new Set(ensemble.trees.flatMap(({ values }) => [...values.keys()]))].sort(
    (a, b) => a - b,
  );
  for (const target of targets) {
    // ONNX Runtime treats a row differently if nothing was added to a target. Test rows could miss
    // this.
    if (!ensemble.trees.some(({ always }) => always.has(target)))
      throw new UnsupportedTrees('a target gets weights from some leaves only');
    staysFinite(ensemble, target);
  }
  checkForm(node);
  return node.classifier
    ? classifier(node, targets)
    : regressor(node, targets, ensemble.trees.length);
}

/** Throws `UnsupportedTrees` for unknown settings of the node itself, without reading its trees. */
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
 * Throws if a sum could be infinite or not a number: only ONNX Runtime handles such sums correctly.
 */
function staysFinite({ trees }: Ensemble, target: number): void {
  let most = 0;
  for (const { values } of trees)
    most +=
      values.get(target)?.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0) ?? 0;
  // Also if a weight is NaN.
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

/** Two classes, and trees that vote for one. The number of the other class is computed from it. */
function binaryClassifier(
  node: EnsembleNode,
  target: number,
  postTransform: Aggregation['postTransform'],
): Aggregation {
  const based = node.floats('base_values').length > 0;
  const positive = node.floats('class_weights').every((weight) => weight >= 0);
  // With only positive weights, ONNX Runtime may treat them as parts of a probability, under
  // conditions that are too complex to repeat here.
  if (
    target !== 0 ||
    postTransform === 'SOFTMAX' ||
    (positive && based === (postTransform === 'NONE'))
  )
    throw new UnsupportedTrees('their two classes have an unusual form');
  // The logistic function of -x is 1 minus that of x, in single precision as well: for values above
  // one half the difference is exact.
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

import { nextAbove } from '../../onnx/trees/next-float.ts';
import type { Ensemble, Tree } from '../../onnx/trees/tree-ensemble.ts';
import { UnsupportedTrees } from '../../onnx/trees/unsupported.ts';
import { random } from '../../runtime/random.ts';

/**
 * The largest number of rows to compare. Trees that need more rows to reach each leaf once stay in
 * ONNX Runtime.
 */
const MAX_ROWS = 40_000;

/**
 * The number of trees in which a row is led to new leaves. After these hardly any freedom of the
 * row is left.
 */
const MAX_FOLLOWED = 12;

/**
 * Rows that together reach every reachable leaf of every tree: a leaf that events hardly ever reach
 * may be the one with a difference. A row is led to a leaf of one tree and, as far as its freedom
 * allows, to new leaves of some others. Yields `count()` rows at a time, rows × width. Throws
 * `UnsupportedTrees`.
 */
export function* leafCoveringRows(
  { trees }: Ensemble,
  width: number,
  count: () => number,
): Generator<Float32Array> {
  const next = random(trees.length);
  const coverages = trees.map((tree) => new LeafCoverage(tree));
  const box = new Box(width);
  let lead = 0;
  for (let found = 0; lead < coverages.length;) {
    const most = count();
    const x = new Float32Array(most * width);
    let rows = 0;
    while (rows < most && lead < coverages.length) {
      box.clear();
      if (!coverages[lead]!.lead(box)) {
        lead++;
        continue;
      }
      let led = 0;
      for (let i = lead + 1; i < coverages.length && led < MAX_FOLLOWED; i++)
        if (coverages[i]!.follow(box, next)) led++;
      box.writeRow(x, rows * width, next);
      rows++;
    }
    if (rows === 0) return;
    found += rows;
    if (found > MAX_ROWS)
      throw new UnsupportedTrees(`the comparison of all leaves needs more than ${MAX_ROWS} rows`);
    const made = x.subarray(0, rows * width);
    for (let i = lead; i < coverages.length; i++) coverages[i]!.meet(made, width);
    yield made;
  }
}

/**
 * The freedom of a row: each value is above `low` and at most `high`, or NaN if that is allowed.
 */
class Box {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly nan: Uint8Array;

  constructor(width: number) {
    this.low = new Float32Array(width);
    this.high = new Float32Array(width);
    this.nan = new Uint8Array(width);
  }

  clear(): void {
    this.low.fill(-Infinity);
    this.high.fill(Infinity);
    this.nan.fill(1);
  }

  /** Whether a test can have this result. */
  allows({ features, thresholds, nanPasses }: Tree, test: number, passes: boolean): boolean {
    const feature = features[test]!;
    if (this.nan[feature] === 1 && (nanPasses[test] === 1) === passes) return true;
    const threshold = thresholds[test]!;
    const low = this.low[feature]!;
    const high = this.high[feature]!;
    return passes ? low < Math.min(high, threshold) : Math.max(low, threshold) < high;
  }

  take({ features, thresholds, nanPasses }: Tree, test: number, passes: boolean): void {
    const feature = features[test]!;
    const threshold = thresholds[test]!;
    if ((nanPasses[test] === 1) !== passes) this.nan[feature] = 0;
    if (passes) this.high[feature] = Math.min(this.high[feature]!, threshold);
    else this.low[feature] = Math.max(this.low[feature]!, threshold);
  }

  writeRow(x: Float32Array, at: number, next: () => number): void {
    for (let feature = 0; feature < this.low.length; feature++) {
      const low = this.low[feature]!;
      const high = this.high[feature]!;
      let value: number;
      if (!(low < high)) value = NaN;
      else if (low === -Infinity) value = high === Infinity ? next() * 2 - 1 : high;
      else value = high === Infinity || next() < 0.5 ? nextAbove(low) : high;
      x[at + feature] = value;
    }
  }
}

/** The leaves of a tree that rows have reached. */
class LeafCoverage {
  readonly #tree: Tree;
  readonly #leaves: Uint8Array;
  /** Inner nodes below which no leaf is left. */
  readonly #done: Uint8Array;
  /** The path of a row: twice the number of each test, plus 1 if it passes. */
  readonly #path: number[] = [];

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#leaves = new Uint8Array(tree.leaves);
    this.#done = new Uint8Array(tree.features.length);
  }

  /** Leads a completely free row to a new leaf; false if no reachable leaf is left. */
  lead(box: Box): boolean {
    this.#path.length = 0;
    if (!this.#search(this.#tree.root, box)) return false;
    for (const step of this.#path) box.take(this.#tree, step >> 1, (step & 1) === 1);
    this.#markDone();
    return true;
  }

  /** Narrows the row to one leaf, a new one if possible; false if no leaf is new any more. */
  follow(box: Box, next: () => number): boolean {
    const { root, yes, no } = this.#tree;
    if (this.#isDone(root)) return false;
    this.#path.length = 0;
    let reference = root;
    while (reference >= 0) {
      const canPass = box.allows(this.#tree, reference, true);
      const canFail = box.allows(this.#tree, reference, false);
      const news =
        (canPass && !this.#isDone(yes[reference]!) ? 1 : 0) -
        (canFail && !this.#isDone(no[reference]!) ? 1 : 0);
      const passes = canPass && (!canFail || news > 0 || (news === 0 && next() < 0.5));
      box.take(this.#tree, reference, passes);
      this.#path.push(2 * reference + (passes ? 1 : 0));
      reference = (passes ? yes : no)[reference]!;
    }
    this.#leaves[~reference] = 1;
    this.#markDone();
    return true;
  }

  /** Finds the leaves that rows reach without being led. */
  meet(x: Float32Array, width: number): void {
    const { root, features, thresholds, nanPasses, yes, no } = this.#tree;
    for (let row = 0; row < x.length && !this.#isDone(root); row += width) {
      let at = root;
      while (at >= 0) {
        const value = x[row + features[at]!]!;
        at = (value <= thresholds[at]! || (value !== value && nanPasses[at] === 1) ? yes : no)[at]!;
      }
      if (this.#leaves[~at] === 1) continue;
      this.#leaves[~at] = 1;
      this.#path.length = 0;
      for (let from = root; from >= 0;) {
        this.#path.push(2 * from);
        const value = x[row + features[from]!]!;
        from = (
          value <= thresholds[from]! || (value !== value && nanPasses[from] === 1) ? yes : no
        )[from]!;
      }
      this.#markDone();
    }
  }

  #search(reference: number, box: Box): boolean {
    if (this.#isDone(reference)) return false;
    if (reference < 0) {
      this.#leaves[~reference] = 1;
      return true;
    }
    const { features, yes, no } = this.#tree;
    const feature = features[reference]!;
    for (const passes of [true, false]) {
      if (!box.allows(this.#tree, reference, passes)) continue;
      const [low, high, nan] = [box.low[feature]!, box.high[feature]!, box.nan[feature]!];
      box.take(this.#tree, reference, passes);
      this.#path.push(2 * reference + (passes ? 1 : 0));
      const reached = this.#search((passes ? yes : no)[reference]!, box);
      [box.low[feature], box.high[feature], box.nan[feature]] = [low, high, nan];
      if (reached) return true;
      this.#path.pop();
    }
    // Only one path leads here, and no row can take it to the rest. If there are several paths,
    // another one may.
    if (!this.#tree.shared) this.#done[reference] = 1;
    return false;
  }

  #isDone(reference: number): boolean {
    return reference < 0 ? this.#leaves[~reference] === 1 : this.#done[reference] === 1;
  }

  #markDone(): void {
    const { yes, no } = this.#tree;
    for (let i = this.#path.length - 1; i >= 0; i--) {
      const test = this.#path[i]! >> 1;
      if (this.#isDone(yes[test]!) && this.#isDone(no[test]!)) this.#done[test] = 1;
      else return;
    }
  }
}

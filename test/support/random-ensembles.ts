import { ensembleNode, graphModel, type GivenEnsemble, type GivenTree } from './tree-model.ts';

/** Numbers in [0, 1). */
export type Next = () => number;

/** The same numbers for the same seed: mulberry32 (Tommy Ettinger, public domain). */
export function seeded(seed: number): Next {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface RandomEnsemble {
  readonly given: GivenEnsemble;
  readonly model: Uint8Array;
  readonly features: number;
  /** Numbers that its nodes compare with. */
  readonly thresholds: readonly number[];
}

const LIMITS = [-0, 0, 1e-45, -1e-45, 0.1, 1, -1, 1.5, 1e30, -3.4028234663852886e38].map(
  Math.fround,
);
const ORDERED = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE'];
const EQUAL = ['BRANCH_EQ', 'BRANCH_NEQ'];

/** How often an ensemble has something that exporters seldom write, and that other code is for. */
const ODD = 0.25;

/**
 * An ensemble of any kind that ONNX knows, also such as nobody would export: leaves without
 * weights, weights without end.
 */
export function randomEnsemble(next: Next): RandomEnsemble {
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const pick = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)]!;
  const odd = (): boolean => next() < ODD;
  const features = pick([1, 2, 3, 8, 16]);
  const classifier = next() < 0.6;
  const count = classifier ? pick([2, 2, 2, 3, 4]) : pick([1, 1, 2, 3]);
  const voted = classifier && count === 2 && next() < 0.5 ? 1 : count;
  const first = voted < count && odd() ? 1 : 0;
  const positive = next() < 0.3;
  const strange = odd() ? pick([0.005, 0.02, 0.1]) : 0;
  // Few leaves without weights are worse than many: a few rows do not meet them.
  const sparse = odd() ? pick([0.01, 0.03, 0.1, 0.3]) : 0;
  const byTurns = voted > 1 && next() < 0.3;
  const modes = odd()
    ? [...ORDERED, ...EQUAL]
    : odd()
      ? EQUAL
      : next() < 0.5
        ? [pick(ORDERED)]
        : ORDERED;
  const tracking = next() < 0.4;
  const thresholds: number[] = [];

  const weight = (wild: number): number => {
    if (next() < wild) return pick([Infinity, -Infinity, NaN, 3.4e38, -3.4e38]);
    const value = Math.fround(next() < 0.1 ? pick([0, -0, 1e-45, 1e30]) : next() * 4 - 2);
    return positive ? Math.abs(value) : value;
  };
  const leaf = (turn: number, wild = strange, lacking = sparse): GivenTree => {
    const targets = byTurns
      ? [first + (turn % voted)]
      : Array.from({ length: voted }, (_, i) => first + i);
    const kept = targets.filter(() => next() >= lacking);
    return {
      leaf: Object.fromEntries(
        (kept.length === 0 && !(voted === 1 && odd()) ? targets : kept).map((target) => [
          target,
          weight(wild),
        ]),
      ),
    };
  };
  /**
   * Test behind test, each of another feature, and one leaf at the end that hardly a row reaches:
   * that one is strange.
   */
  const chain = (length: number, end: GivenTree, turn: number): GivenTree =>
    Array.from({ length }, (_, feature) => feature).reduce<GivenTree>((no, feature) => {
      const value = Math.fround(next() * 4 - 2);
      thresholds.push(value);
      return {
        mode: pick(ORDERED.slice(0, 2)),
        feature,
        value,
        missing: tracking,
        yes: leaf(turn, 0, 0),
        no,
      };
    }, end);
  const grow = (leaves: number, turn: number): GivenTree => {
    if (leaves <= 1) return leaf(turn);
    const value = Math.fround(
      next() < 0.15 ? pick(LIMITS) : next() < 0.5 ? whole(-3, 3) : next() * 4 - 2,
    );
    thresholds.push(value);
    // Now and then all but one leaf on one side: some leaves are rare then.
    const left = odd() ? 1 : whole(1, leaves - 1);
    return {
      mode: pick(modes),
      feature: whole(0, features - 1),
      value,
      missing: tracking && next() < 0.5,
      yes: grow(left, turn),
      no: grow(leaves - left, turn),
    };
  };
  const rare = odd();
  const trees = Array.from({ length: pick([1, 1, 2, 3, 8]) }, (_, i) =>
    rare
      ? chain(features, next() < 0.5 ? leaf(i, 0.7, 0) : leaf(i, 0, 0.6), i)
      : grow(odd() ? (odd() ? whole(130, 400) : whole(30, 140)) : whole(1, 20), i),
  );
  const bases = pick([0, 0, count, 1, voted]);
  const given: GivenEnsemble = {
    trees,
    ...(classifier ? { classes: count } : { targets: count }),
    ...(next() < 0.5
      ? {}
      : {
          post: pick(
            classifier
              ? ['LOGISTIC', 'SOFTMAX', 'NONE', 'SOFTMAX_ZERO']
              : ['NONE', 'NONE', 'LOGISTIC', 'SOFTMAX'],
          ),
        }),
    ...(classifier || next() < 0.6 ? {} : { aggregate: pick(['AVERAGE', 'SUM', 'MIN', 'MAX']) }),
    ...(bases === 0
      ? {}
      : { base: Array.from({ length: bases }, () => Math.fround(next() * 2 - 1)) }),
  };
  return { given, model: graphModel([ensembleNode(given)], 'y'), features, thresholds };
}

/**
 * Rows whose values sit at and around the numbers that are compared with; half of them walk down
 * the trees on random sides, each value chosen for the side where a test meets it first, so that
 * leaves are reached that no row meets by chance.
 */
export function randomRows(
  next: Next,
  { given, features, thresholds }: RandomEnsemble,
  rows: number,
): Float32Array {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const x = new Float32Array(rows * features);
  for (let i = 0; i < x.length; i++) {
    const kind = next();
    if (kind < 0.05) x[i] = pick([NaN, Infinity, -Infinity]);
    else if (kind < 0.1) x[i] = pick(LIMITS);
    else if (kind < 0.5 || thresholds.length === 0) x[i] = next() * 5 - 2.5;
    else x[i] = beside(pick(thresholds), pick([-1, 0, 0, 1]));
  }
  for (let row = 0; row < rows; row += 2) {
    const values = x.subarray(row * features, (row + 1) * features);
    const free = new Set(values.keys());
    const below = pick([0.02, 0.5, 0.98]);
    for (let i = 0; i < given.trees.length; i++) walk(pick(given.trees), values, free, next, below);
  }
  return x;
}

function walk(
  tree: GivenTree,
  values: Float32Array,
  free: Set<number>,
  next: Next,
  below: number,
): void {
  let node = tree;
  while (!('leaf' in node)) {
    const { feature, value } = node;
    if (free.delete(feature))
      values[feature] =
        next() < 0.01
          ? NaN
          : next() < 0.1
            ? value
            : beside(value, next() < below === value >= 0 ? -1 : 1);
    node = holds(node, values[feature]!) ? node.yes : node.no;
  }
}

/** Whether the test of a node holds. */
export function holds(
  { mode, value, missing }: Exclude<GivenTree, { leaf: unknown }>,
  given: number,
): boolean {
  if (Number.isNaN(given) && missing === true) return true;
  switch (mode) {
    case 'BRANCH_LEQ':
      return given <= value;
    case 'BRANCH_LT':
      return given < value;
    case 'BRANCH_GT':
      return given > value;
    case 'BRANCH_GTE':
      return given >= value;
    case 'BRANCH_EQ':
      return given === value;
    default:
      return given !== value;
  }
}

/** The number itself, or its neighbour of single precision. */
function beside(value: number, step: number): number {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = value;
  if (value !== 0) bits[0]! += step;
  else float[0] = step;
  return float[0];
}

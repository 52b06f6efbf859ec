import { holds, type Next } from './random-ensembles.ts';
import type { GivenTree } from './tree-model.ts';

/** What a tree adds to a target if only the features of `known` (one bit each) are known. */
export type Game = (known: number) => number;

/** Shapley values straight from their definition, over all sets of features. */
export function shapley(game: Game, features: number): number[] {
  const values = Array.from({ length: 2 ** features }, (_, known) => game(known));
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  return Array.from({ length: features }, (_, feature) => {
    let phi = 0;
    for (let known = 0; known < values.length; known++) {
      if ((known >> feature) & 1) continue;
      const size = known.toString(2).replaceAll('0', '').length;
      const share = (factorial(size) * factorial(features - size - 1)) / factorial(features);
      phi += share * (values[known | (1 << feature)]! - values[known]!);
    }
    return phi;
  });
}

/** The number of a row; `target`: of which sum. */
export function answer(tree: GivenTree, row: ArrayLike<number>, target: number): number {
  if ('leaf' in tree) return tree.leaf[target] ?? 0;
  return answer(holds(tree, row[tree.feature]!) ? tree.yes : tree.no, row, target);
}

/** Features that are not known come from another row. */
export const against =
  (tree: GivenTree, row: ArrayLike<number>, other: ArrayLike<number>, target: number): Game =>
  (known) =>
    answer(
      tree,
      Array.from(row, (value, feature) => ((known >> feature) & 1 ? value : other[feature]!)),
      target,
    );

/** A feature that is not known goes both ways, by the covers. */
export const byCovers = (tree: GivenTree, row: ArrayLike<number>, target: number): Game => {
  const expect = (node: GivenTree, known: number): number => {
    if ('leaf' in node) return node.leaf[target] ?? 0;
    if ((known >> node.feature) & 1)
      return expect(holds(node, row[node.feature]!) ? node.yes : node.no, known);
    return (
      (node.yes.cover! / node.cover!) * expect(node.yes, known) +
      (node.no.cover! / node.cover!) * expect(node.no, known)
    );
  };
  return (known) => expect(tree, known);
};

const ORDERED = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE'];
const EQUAL = ['BRANCH_EQ', 'BRANCH_NEQ'];
/** With infinity, these ask only whether the value is missing, as LightGBM does. */
const MISSING_TESTS = new Set(['BRANCH_LEQ', 'BRANCH_GT']);
const LIMITS = [-1, 0, 0.1, 1, 2, 1e-45, 1e30].map(Math.fround);

/** A tree with covers. Every leaf adds to all targets. Few values, so that tests repeat. */
export function randomTree(
  next: Next,
  { features, targets, leaves }: Readonly<Record<'features' | 'targets' | 'leaves', number>>,
  values: readonly number[] = LIMITS,
): GivenTree {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const equal = next() < 0.5;
  const grow = (count: number): GivenTree & { readonly cover: number } => {
    if (count <= 1) {
      const weights = Array.from({ length: targets }, () => Math.fround(next() * 4 - 2));
      return { leaf: Object.fromEntries(weights.entries()), cover: 1 + Math.floor(next() * 50) };
    }
    const left = 1 + Math.floor(next() * (count - 1));
    const [yes, no] = [grow(left), grow(count - left)];
    const mode = pick(equal && next() < 0.6 ? EQUAL : ORDERED);
    return {
      mode,
      feature: Math.floor(next() * features),
      value: MISSING_TESTS.has(mode) && next() < 0.15 ? Infinity : pick(values),
      missing: next() < 0.5,
      yes,
      no,
      cover: yes.cover + no.cover,
    };
  };
  return grow(leaves);
}

/** Rows of the values that trees compare with, their neighbours, and missing ones. */
export function randomRow(next: Next, features: number): Float32Array {
  return Float32Array.from({ length: features }, () => {
    const kind = next();
    if (kind < 0.15) return NaN;
    if (kind < 0.2) return next() < 0.5 ? Infinity : -Infinity;
    if (kind < 0.7) return LIMITS[Math.floor(next() * LIMITS.length)]!;
    return next() * 4 - 2;
  });
}

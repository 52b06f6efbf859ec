import { readTreeModel } from '../../../../src/onnx/trees/tree-model.ts';
import { createTreeExplainer } from '../../../../src/explain/trees/create-tree-explainer.ts';
import type { createTables } from '../../../../src/explain/trees/tables.ts';
import { UnsupportedTrees } from '../../../../src/onnx/trees/unsupported.ts';
import type { Reference, TreeExplainer } from '../../../../src/explain/trees/tree-explainer.ts';
import {
  against,
  answer,
  byCovers,
  randomRow,
  randomTree,
  shapley,
} from '../../../support/brute-shapley.ts';
import { seeded } from '../../../support/random-ensembles.ts';
import { treeModel, type GivenEnsemble, type GivenTree } from '../../../support/tree-model.ts';

const ROWS = 6;
const OTHERS = 5;

interface Kind {
  readonly name: string;
  readonly given: Omit<GivenEnsemble, 'trees'>;
  readonly targets: number;
  /** Of each column: the sum that is explained, and what its contributions are multiplied with. */
  readonly columns: readonly {
    readonly target: number;
    readonly factor: (trees: number) => number;
  }[];
}

const once = (): number => 1;
const turned = (): number => -1;
const three = [0, 1, 2].map((target) => ({ target, factor: once }));
const two = [
  { target: 0, factor: turned },
  { target: 0, factor: once },
];

const KINDS: readonly Kind[] = [
  { name: 'a sum', given: {}, targets: 1, columns: three.slice(0, 1) },
  { name: 'a sum with a base', given: { base: [0.5] }, targets: 1, columns: three.slice(0, 1) },
  {
    name: 'a mean',
    given: { aggregate: 'AVERAGE', base: [-1.5, 1], targets: 2 },
    targets: 2,
    columns: [0, 1].map((target) => ({ target, factor: (trees) => 1 / trees })),
  },
  { name: 'three sums', given: { targets: 3, base: [1, 2, 3] }, targets: 3, columns: three },
  {
    name: 'one of two classes',
    given: { classes: 2, post: 'LOGISTIC', base: [0.25] },
    targets: 1,
    columns: two,
  },
  { name: 'one of two classes as it is', given: { classes: 2 }, targets: 1, columns: two },
  {
    name: 'two classes',
    given: { classes: 2, post: 'SOFTMAX' },
    targets: 2,
    columns: three.slice(0, 2),
  },
  {
    name: 'three classes',
    given: { classes: 3, post: 'SOFTMAX', base: [1, 2, -3] },
    targets: 3,
    columns: three,
  },
];

/** The sum of what trees answer, as single numbers would be too rounded. */
const sum = (numbers: readonly number[]): number =>
  numbers.reduce((all, number) => all + number, 0);

function phiOf(trees: readonly GivenTree[], games: (tree: GivenTree) => readonly number[]) {
  const all = trees.map(games);
  return all[0]!.map((_, feature) => sum(all.map((phi) => phi[feature]!)));
}

interface Way {
  readonly way: string;
  readonly tables?: typeof createTables;
  readonly note: RegExp;
  readonly digits: number;
}

const WAYS: readonly Way[] = [
  {
    way: 'by walking',
    tables: () => Promise.reject(new UnsupportedTrees('none are wanted')),
    note: /^each event walks through all trees: none are wanted$/,
    digits: 9,
  },
  { way: 'from tables', note: /^from tables of \d+ MB$/, digits: 5 },
];

const ALL = WAYS.flatMap((way) => KINDS.map((kind) => ({ ...way, ...kind })));

describe.each(ALL)('exact contributions of $name $way', (all) => {
  const { given, targets, columns, tables, note, digits } = all;
  function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
    const pairs = expected.map((should, i) => ({ is: found[i]!, should }));
    expect(pairs.filter(({ is, should }) => !(Math.abs(is - should) < 10 ** -digits / 2))).toEqual(
      [],
    );
  }

  function expectSums(explainer: TreeExplainer, rows: Float32Array): void {
    const phi = explainer.explain(rows, ROWS);
    const raw = explainer.raw(rows, ROWS);
    const { columns: width, base } = explainer;
    expect(explainer.note).toMatch(note);
    for (let row = 0; row < ROWS; row++) {
      const own = [...phi.subarray(row * width, (row + 1) * width)];
      expect(base + sum(own)).toBeCloseTo(raw[row]!, digits);
    }
  }

  it.each([1, 2, 3, 4, 5, 6])('are those of all sets of features, seed %i', async (seed) => {
    const next = seeded(seed * 1000 + columns.length);
    const features = 1 + Math.floor(next() * 5);
    const trees = Array.from({ length: 1 + Math.floor(next() * 3) }, () =>
      randomTree(next, { features, targets, leaves: 1 + Math.floor(next() * 14) }),
    );
    const model = readTreeModel(treeModel({ ...given, trees }), 'y');
    const rows = Array.from({ length: ROWS }, () => randomRow(next, features));
    const others = Array.from({ length: OTHERS }, () => randomRow(next, features));
    const flat = (list: readonly Float32Array[]) =>
      Float32Array.from(list.flatMap((row) => [...row]));
    const create = (reference: Reference, column: number) =>
      createTreeExplainer({ model, column, width: features, reference, ...(tables && { tables }) });
    const hasCovers = trees.some((tree) => !('leaf' in tree));
    for (const [column, { target, factor }] of columns.entries()) {
      const f = factor(trees.length);
      const byOthers = await create(
        { kind: 'background', matrix: flat(others), rows: OTHERS },
        column,
      );
      const phi = byOthers.explain(flat(rows), ROWS);
      expectSums(byOthers, flat(rows));
      for (const [i, row] of rows.entries()) {
        const expected = others.map((other) =>
          phiOf(trees, (tree) => shapley(against(tree, row, other, target), features)),
        );
        expectClose(
          phi.subarray(i * features),
          expected[0]!.map((_, j) => (f * sum(expected.map((own) => own[j]!))) / OTHERS),
        );
      }
      const difference = byOthers.raw(rows[0]!, 1)[0]! - byOthers.raw(rows[1]!, 1)[0]!;
      const own = (row: Float32Array): number =>
        sum(trees.map((tree) => answer(tree, row, target)));
      expect(difference).toBeCloseTo(f * (own(rows[0]!) - own(rows[1]!)), 9);
      if (!hasCovers) continue;
      const byTraining = await create({ kind: 'covers' }, column);
      const dependent = byTraining.explain(flat(rows), ROWS);
      expectSums(byTraining, flat(rows));
      for (const [i, row] of rows.entries()) {
        const expected = phiOf(trees, (tree) => shapley(byCovers(tree, row, target), features));
        expectClose(
          dependent.subarray(i * features),
          expected.map((value) => f * value),
        );
      }
    }
  });
});

import { readTreeModel } from '../../../../src/onnx/trees/tree-model.ts';
import { UnsupportedTrees } from '../../../../src/onnx/trees/unsupported.ts';
import { createTreeExplainer } from '../../../../src/explain/trees/create-tree-explainer.ts';
import { createTables } from '../../../../src/explain/trees/tables.ts';
import type { Reference, TreeExplainer } from '../../../../src/explain/trees/tree-explainer.ts';
import { randomRow, randomTree } from '../../../support/brute-shapley.ts';
import { seeded, type Next } from '../../../support/random-ensembles.ts';
import { treeModel, type GivenTree } from '../../../support/tree-model.ts';

const flat = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]));
const none: typeof createTables = () => Promise.reject(new UnsupportedTrees('none are wanted'));

/** A full tile of the kernel, and a part of one. */
const ROWS = 70;

interface Shape {
  readonly name: string;
  readonly features: number;
  readonly trees: number;
  readonly leaves: number;
  readonly values?: readonly number[];
  readonly note: RegExp;
}

/** More different thresholds of a feature than a byte can count. */
const MANY = Array.from({ length: 700 }, (_, i) => Math.fround(i / 100 - 3.5));

const TABLES = /^from tables of \d+ MB$/;
const SHAPES: readonly Shape[] = [
  { name: 'few leaves', features: 4, trees: 5, leaves: 9, note: TABLES },
  { name: 'as boosted', features: 15, trees: 8, leaves: 31, note: TABLES },
  { name: 'many leaves of a tree', features: 12, trees: 2, leaves: 90, note: TABLES },
  { name: 'a wide input', features: 200, trees: 6, leaves: 20, note: TABLES },
  { name: 'three of nine quads', features: 34, trees: 6, leaves: 12, note: TABLES },
  { name: 'many thresholds', features: 3, trees: 30, leaves: 31, values: MANY, note: TABLES },
];

/** A chain of tests, each of another feature. */
function chain(length: number, next: Next): GivenTree {
  let no: GivenTree & { readonly cover: number } = { leaf: { 0: 3 }, cover: 7 };
  for (let feature = 0; feature < length; feature++) {
    const here = 1 + Math.floor(next() * 20);
    no = {
      mode: 'BRANCH_LEQ',
      feature,
      value: 0.5,
      missing: feature % 2 === 0,
      yes: { leaf: { 0: Math.fround(next()) }, cover: here },
      no,
      cover: no.cover + here,
    };
  }
  return no;
}

async function expectAgreement(
  trees: readonly GivenTree[],
  features: number,
  next: Next,
  note: RegExp,
): Promise<void> {
  const model = readTreeModel(treeModel({ trees }), 'y');
  const rows = flat(Array.from({ length: ROWS }, () => randomRow(next, features)));
  const background = Array.from({ length: 9 }, () => randomRow(next, features));
  const references: readonly Reference[] = [
    { kind: 'covers' },
    { kind: 'background', matrix: flat(background), rows: 9 },
  ];
  for (const reference of references) {
    const asked = { model, column: 0, width: features, reference };
    const made: TreeExplainer = await createTreeExplainer(asked);
    const walked = await createTreeExplainer({ ...asked, tables: none });
    expect(made.note).toMatch(note);
    const [found, expected] = [made.explain(rows, ROWS), walked.explain(rows, ROWS)];
    const scale = Math.max(...expected.map(Math.abs));
    const off = found.reduce((most, one, i) => Math.max(most, Math.abs(one - expected[i]!)), 0);
    expect(off / scale).toBeLessThan(1e-6);
  }
}

describe('tables of what trees add', () => {
  it.each(SHAPES)('agree with the walk: $name', async (shape) => {
    const { features, trees, leaves, values, note } = shape;
    const next = seeded(features * leaves);
    const made = Array.from({ length: trees }, () =>
      randomTree(next, { features, targets: 1, leaves }, values),
    );
    await expectAgreement(made, features, next, note);
  });

  it('agree with the walk: long paths beside them', async () => {
    const next = seeded(5);
    const made = [chain(18, next), randomTree(next, { features: 18, targets: 1, leaves: 12 })];
    await expectAgreement(made, 18, next, /^from tables of \d+ MB, and 6 long paths one by one$/);
  });

  it('take any number of rows', async () => {
    const next = seeded(8);
    const shape = { features: 5, targets: 1, leaves: 12 };
    const trees = [randomTree(next, shape), randomTree(next, shape)];
    const made = await createTreeExplainer({
      model: readTreeModel(treeModel({ trees }), 'y'),
      column: 0,
      width: 5,
      reference: { kind: 'covers' },
    });
    expect(made.note).toMatch(TABLES);
    const rows = flat(Array.from({ length: 4200 }, () => randomRow(next, 5)));
    const whole = made.explain(rows, 4200);
    for (const [from, to] of [
      [0, 1],
      [2040, 2060],
      [4095, 4100],
      [4199, 4200],
    ] as const) {
      const part = made.explain(rows.subarray(from * 5, to * 5), to - from);
      expect(part).toEqual(whole.slice(from * 5, to * 5));
    }
    expect(made.explain(rows, 0)).toHaveLength(0);
  });

  it('are not used if they do not agree', async () => {
    const next = seeded(6);
    const model = readTreeModel(
      treeModel({ trees: [randomTree(next, { features: 3, targets: 1, leaves: 8 })] }),
      'y',
    );
    const asked = { model, column: 0, width: 3, reference: { kind: 'covers' } as const };
    const wrong = await createTreeExplainer({
      ...asked,
      tables: async (request) => {
        const made = await createTables(request);
        return { ...made, explain: (x, rows) => made.explain(x, rows).map((one) => one * 1.001) };
      },
    });
    expect(wrong.note).toBe(
      'each event walks through all trees: its tables do not agree with that',
    );
    const walked = await createTreeExplainer({ ...asked, tables: none });
    const row = Float32Array.of(0.5, 1, NaN);
    expect(wrong.explain(row, 1)).toEqual(walked.explain(row, 1));
  });

  it('are not used if what they say of other rows does not add up', async () => {
    const next = seeded(9);
    const wrong = await createTreeExplainer({
      model: readTreeModel(
        treeModel({ trees: [randomTree(next, { features: 3, targets: 1, leaves: 8 })] }),
        'y',
      ),
      column: 0,
      width: 3,
      reference: { kind: 'covers' },
      tables: async (request) => {
        const made = await createTables(request);
        const explain = (x: Float32Array, rows: number): Float64Array =>
          made.explain(x, rows).map((one, i) => (i > 300 * 3 ? one + 0.01 : one));
        return { ...made, explain };
      },
    });
    expect(wrong.note).toMatch(/^each event walks through all trees: the contributions/);
  });

  it('agree with the walk: leaves that no training data reached', async () => {
    const never: GivenTree = { leaf: { 0: 5 }, cover: 0 };
    const split = (feature: number, cover: number, yes: GivenTree, no: GivenTree): GivenTree => ({
      mode: 'BRANCH_LEQ',
      feature,
      value: 0.1,
      cover,
      yes,
      no,
    });
    const rest = split(1, 4, { leaf: { 0: 1 }, cover: 3 }, { leaf: { 0: -2 }, cover: 1 });
    await expectAgreement([split(0, 4, rest, never)], 2, seeded(3), TABLES);
  });

  it('fit into the memory that there is, with more and more paths beside them', async () => {
    const next = seeded(10);
    const shape = { features: 14, targets: 1, leaves: 40 };
    const trees = Array.from({ length: 4 }, () => randomTree(next, shape));
    const model = readTreeModel(treeModel({ trees }), 'y');
    const asked = { model, column: 0, width: 14, reference: { kind: 'covers' } as const };
    const walked = await createTreeExplainer({ ...asked, tables: none });
    const rows = flat(Array.from({ length: ROWS }, () => randomRow(next, 14)));
    const expected = walked.explain(rows, ROWS);
    const sizes: number[] = [];
    const notes: string[] = [];
    for (let most = 1_000_000; most > 200_000; most *= 0.95) {
      const made = await createTreeExplainer({
        ...asked,
        tables: async (request) => {
          const tables = await createTables(request, most);
          expect(tables.bytes).toBeLessThanOrEqual(most);
          sizes.push(tables.bytes);
          return tables;
        },
      });
      notes.push(made.note);
      const found = made.explain(rows, ROWS);
      const off = found.reduce((far, one, i) => Math.max(far, Math.abs(one - expected[i]!)), 0);
      expect(off).toBeLessThan(1e-5);
    }
    expect(new Set(sizes).size).toBeGreaterThan(1);
    expect(notes.some((note) => note.includes('long paths one by one'))).toBe(true);
    expect(notes.at(-1)).toMatch(/^each event walks through all trees: their tables need over/);
  });

  it('are not made if they would be too large', async () => {
    const next = seeded(7);
    const trees = Array.from({ length: 40 }, () =>
      randomTree(next, { features: 300, targets: 1, leaves: 400 }),
    );
    const made = await createTreeExplainer({
      model: readTreeModel(treeModel({ trees }), 'y'),
      column: 0,
      width: 300,
      reference: { kind: 'covers' },
    });
    expect(made.note).toMatch(/^each event walks through all trees: /);
  });
});

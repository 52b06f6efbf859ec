import { addUp, isOfTrees } from '../../../../src/explain/trees/agreement.ts';
import { createTreeExplainer } from '../../../../src/explain/trees/create-tree-explainer.ts';
import { readTreeModel } from '../../../../src/onnx/trees/tree-model.ts';
import { treeModel, type GivenEnsemble, type GivenTree } from '../../../support/tree-model.ts';

const split = (cover: number, yes: GivenTree, no: GivenTree): GivenTree => ({
  mode: 'BRANCH_LEQ',
  feature: 1,
  value: 0.5,
  cover,
  yes,
  no,
});
const leaf = (weight: number, cover: number): GivenTree => ({ leaf: { 0: weight }, cover });

interface Asked {
  readonly column?: number;
  readonly width?: number;
  readonly kind?: 'covers' | 'background';
}

const explainer = (
  given: Partial<GivenEnsemble>,
  { column = 0, width = 2, kind = 'covers' }: Asked = {},
) =>
  createTreeExplainer({
    model: readTreeModel(treeModel({ trees: [split(10, leaf(1, 4), leaf(2, 6))], ...given }), 'y'),
    column,
    width,
    reference: kind === 'covers' ? { kind } : { kind, matrix: new Float32Array(3), rows: 2 },
  });

describe('an explainer of trees is refused', () => {
  it.each([
    ['covers that do not add up', [split(10, leaf(1, 4), leaf(2, 5))]],
    ['a cover of nothing', [split(0, leaf(1, 0), leaf(2, 1))]],
    ['negative covers', [split(2, leaf(1, -4), leaf(2, 6))]],
  ])('for %s', async (_, trees) => {
    await expect(explainer({ trees })).rejects.toThrow('the covers of tree 0 do not add up');
  });

  it('without covers', async () => {
    const trees = [split(1, leaf(1, 1), leaf(2, 1))];
    await expect(explainer({ trees })).rejects.toThrow('they have no covers');
  });

  it('for a column that they do not make', async () => {
    await expect(explainer({}, { column: 1 })).rejects.toThrow('they have no column 1');
  });

  it('for an input that is too narrow', async () => {
    await expect(explainer({}, { width: 1 })).rejects.toThrow('more features than the input has');
  });

  it('for a background of another width', async () => {
    await expect(explainer({}, { kind: 'background' })).rejects.toThrow('no rows of their input');
  });

  it('if the exact walk does not add up to the raw number', async () => {
    const model = readTreeModel(treeModel({ trees: [split(10, leaf(1, 4), leaf(2, 6))] }), 'y');
    const aggregation = { ...model.aggregation, baseValues: [NaN] };
    const made = createTreeExplainer({
      model: { ...model, aggregation },
      column: 0,
      width: 2,
      reference: { kind: 'covers' },
    });
    await expect(made).rejects.toThrow('do not add up to the score');
  });

  it('if its contributions do not add up', async () => {
    const right = await explainer({});
    const row = Float32Array.of(0, 1);
    const adding = (wrong: Partial<typeof right>) => () => {
      addUp({ ...right, ...wrong }, row, 1);
    };
    expect(adding({})).not.toThrow();
    expect(adding({ base: right.base + 1e-3 })).toThrow('do not add up');
    expect(adding({ explain: () => Float64Array.of(NaN, 0) })).toThrow('do not add up');
  });
});

describe('the scores that trees make', () => {
  const rows = Float32Array.of(0, 0, 0, 1, 0, NaN);
  const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

  it('are the raw numbers of a regressor', async () => {
    const made = await explainer({ base: [0.5] });
    expect([...made.scores(rows, 3)]).toEqual([1.5, 2.5, 2.5]);
    expect(isOfTrees(made, rows, 3, [1.5, 2.5, 2.5])).toBe(true);
    expect(isOfTrees(made, rows, 3, [1.5, 2.5, 2.6])).toBe(false);
    expect(isOfTrees(made, rows, 3, [1.5, 2.5])).toBe(false);
    expect(isOfTrees(made, rows, 3, [1.5, 2.5, NaN])).toBe(false);
  });

  it('are probabilities of both classes', async () => {
    const given = { classes: 2, post: 'LOGISTIC', base: [0.5] };
    const [first, second] = [await explainer(given), await explainer(given, { column: 1 })];
    expect(first.scores(rows, 3)[0]).toBeCloseTo(1 - logistic(1.5), 12);
    expect(second.scores(rows, 3)[0]).toBeCloseTo(logistic(1.5), 12);
    expect(first.raw(rows, 1)[0]).toBe(-1.5);
  });

  it('are votes for both classes', async () => {
    const [first, second] = [
      await explainer({ classes: 2 }),
      await explainer({ classes: 2 }, { column: 1 }),
    ];
    expect([...second.scores(rows, 2)]).toEqual([1, 2]);
    expect([...first.scores(rows, 2)]).toEqual([0, -1]);
    expect(first.base).toBeCloseTo(1 - second.base, 12);
  });

  it('are probabilities of several classes', async () => {
    const three = (a: number, b: number, c: number, cover: number): GivenTree => ({
      leaf: { 0: a, 1: b, 2: c },
      cover,
    });
    const trees = [split(10, three(1, 2, 3, 4), three(0, 0, 1000, 6))];
    const made = await explainer({ trees, classes: 3, post: 'SOFTMAX' }, { column: 2 });
    const expected = Math.exp(3) / (Math.exp(1) + Math.exp(2) + Math.exp(3));
    expect(made.scores(rows, 3)[0]).toBeCloseTo(expected, 12);
    expect(made.scores(rows, 3)[1]).toBe(1);
    expect(made.link).toBe('softmax');
  });
});

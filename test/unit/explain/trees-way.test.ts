import { treesWay } from '../../../src/explain/trees-way.ts';
import type { Explainable } from '../../../src/explain/explainable.ts';
import type { Background } from '../../../src/flow/attributions.ts';
import { readTreeModel } from '../../../src/onnx/trees/tree-model.ts';
import { treeModel } from '../../support/tree-model.ts';

const MODEL = treeModel({
  trees: [
    {
      mode: 'BRANCH_LEQ',
      feature: 0,
      value: 0.1,
      yes: { leaf: { 0: 1 } },
      no: { leaf: { 0: 2 } },
    },
  ],
});

const model = {
  column: 0,
  trees: () => Promise.resolve(readTreeModel(MODEL, 'y')),
  score: () => Promise.resolve({ score: Float64Array.of(1, 2) }),
} as unknown as Explainable;

const background = (type: 'float32' | 'float64'): Background => ({
  tensors: [
    {
      name: 'x',
      type,
      rows: 2,
      columns: 1,
      flat: false,
      values: type === 'float32' ? Float32Array.of(0, 1) : Float64Array.of(0, 1),
    },
  ],
  rows: 2,
  fieldOf: [[0]],
  fields: 1,
  method: 'interventional',
  budget: 1000,
});

describe('trees against a background', () => {
  it('are explained by the field of each column', async () => {
    const { by, explain } = await treesWay(model, background('float32'), 'background');
    expect(by.method).toBe('interventional');
    const { tensors } = background('float32');
    expect([...(await explain(tensors, 2)).values]).toEqual([-0.5, 0.5]);
  });

  it('are explained for several batches at a time, each by its own rows', async () => {
    const { explain } = await treesWay(model, background('float32'), 'background');
    const [tensor] = background('float32').tensors;
    const batch = (...values: number[]) => {
      const rows = values.length;
      return explain([{ ...tensor!, rows, values: Float32Array.from(values) }], rows);
    };
    const found = await Promise.all([batch(1, 0, 0), batch(0), batch(1, 1)]);
    expect(found.map(({ values }) => [...values])).toEqual([[0.5, -0.5, -0.5], [-0.5], [0.5, 0.5]]);
  });

  it('are not explained if they compare in double precision', async () => {
    await expect(treesWay(model, background('float64'), 'background')).rejects.toThrow(
      'its trees compare in double precision',
    );
  });
});

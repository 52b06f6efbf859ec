import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputTensor } from '../../../src/flow/tensors.ts';
import { loadModel } from '../../../src/infer/load-model.ts';
import type { Model } from '../../../src/infer/model.ts';
import { RunFailed } from '../../../src/infer/run-failures.ts';
import {
  FLOAT,
  INT64,
  onnxFile,
  STRING,
  type GraphNode,
} from '../../../src/onnx/protobuf-onnx-file.ts';
import { acceptedRow } from '../../../src/infer/accepted-row.ts';
import { bundleOf } from '../../models/models.ts';

const encoder = (input: string, known: object): GraphNode => ({
  operator: 'OneHotEncoder',
  domain: 'ai.onnx.ml',
  inputs: [input],
  outputs: [`${input}1`],
  attributes: { ...known, zeros: { int: 0 } },
});

/**
 * An encoder that takes no category but its own, as scikit-learn's do by default, beside a divisor
 * and a number.
 */
const STRICT = onnxFile({
  nodes: [
    encoder('a', { cats_strings: { texts: ['red', 'blue'] } }),
    { operator: 'Flatten', inputs: ['a1'], outputs: ['a2'] },
    { operator: 'Div', inputs: ['c', 'c'], outputs: ['c1'] },
    { operator: 'Cast', inputs: ['c1'], outputs: ['c2'], attributes: { to: { int: FLOAT } } },
    {
      operator: 'Concat',
      inputs: ['a2', 'c2', 'x'],
      outputs: ['all'],
      attributes: { axis: { int: 1 } },
    },
    { operator: 'ReduceMax', inputs: ['all'], outputs: ['y'], attributes: { axes: { ints: [1] } } },
  ],
  inputs: [
    { name: 'a', type: STRING, columns: 1 },
    { name: 'c', type: INT64, columns: 1 },
    { name: 'x', type: FLOAT, columns: 1 },
  ],
  outputs: [{ name: 'y', type: FLOAT, columns: 1 }],
});

const cells = { rows: 3, columns: 1, flat: false } as const;
const rows = (a: string): InputTensor[] => [
  { name: 'a', type: 'string', values: ['blue', a, 'red'], ...cells },
  { name: 'c', type: 'int64', values: BigInt64Array.of(11n, 12n, 11n), ...cells },
  { name: 'x', type: 'float32', values: Float32Array.of(3, 4, 5), ...cells },
];
const INPUTS = ['a', 'c', 'x'].map((name) => ({
  name,
  features: [{ field: name, transforms: [] }],
}));

describe('a model that takes no category but those it knows', () => {
  let folder: string;
  let model: Model | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-strict-'));
  });
  afterEach(async () => {
    await model?.release();
    model = undefined;
    await rm(folder, { recursive: true });
  });
  const load = async (bytes: Uint8Array, workers: number): Promise<Model> => {
    const file = join(folder, 'model.onnx');
    await writeFile(file, bytes);
    const options = { name: 'm', threads: 1, compileTrees: true, timeoutMs: 60_000, workers };
    return (model = await loadModel(bundleOf(file, { inputs: INPUTS }), options));
  };

  it.each([0, 1])(
    'is served, compared, and fails at other ones alone (workers: %d)',
    async (workers) => {
      const { score, failed } = await (await load(STRICT, workers)).score(rows('red'), 3);
      expect([[...score], failed]).toEqual([[3, 4, 5], undefined]);
      expect((await model!.score(rows('other'), 3)).failed).toMatchObject([{ row: 1 }]);
      expect(model!.warnings).toEqual([]);
    },
  );
});

describe('the search for a row that a model takes', () => {
  const zeros: InputTensor[] = [
    { name: 'a', type: 'float32', rows: 1, columns: 2, flat: false, values: new Float32Array(2) },
  ];
  const known = { texts: [], numbers: ['7'] };

  it('ends where there is none', async () => {
    expect(
      await acceptedRow(() => Promise.reject(new RunFailed('at Div')), zeros, known),
    ).toBeUndefined();
  });

  it('takes ones, as of a divisor', async () => {
    const run = ([tensor]: readonly InputTensor[]) =>
      (tensor!.values as Float32Array).includes(0)
        ? Promise.reject(new RunFailed('at Div'))
        : Promise.resolve({} as never);
    expect(await acceptedRow(run, zeros, known)).toMatchObject([{ values: Float32Array.of(1, 1) }]);
  });

  it('hides no error that is about no row', async () => {
    const told = (error: Error) => acceptedRow(() => Promise.reject(error), zeros, known);
    await expect(told(new RunFailed('bad_alloc'))).rejects.toThrow('bad_alloc');
    await expect(told(new TypeError('closed'))).rejects.toThrow('closed');
  });
});

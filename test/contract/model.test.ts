import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bundle } from '../../src/infer/bundle.ts';
import type { InputTensor } from '../../src/flow/tensors.ts';
import type { Background } from '../../src/flow/attributions.ts';
import { loadModel, type LoadOptions } from '../../src/infer/load-model.ts';
import type { Model } from '../../src/infer/model.ts';
import { bundleOf, modelFile, type BasicModel } from '../models/models.ts';
import { createExplainer } from '../support/explainer.ts';
import { scorerErrorOf } from '../support/thrown.ts';
import { treeModel } from '../support/tree-model.ts';

/** Where a model can run. */
const PLACES: readonly (readonly [string, Pick<LoadOptions, 'workers' | 'timeoutMs'>])[] = [
  ['in the process, for as long as it takes', { workers: 0 }],
  ['in the process', { workers: 0, timeoutMs: 60_000 }],
  ['in a worker', { workers: 1, timeoutMs: 60_000 }],
];

const EXPLAINING = {
  createExplainer,
  program: pathToFileURL(resolve('test/support/explaining-worker.ts')),
};

const open: Model[] = [];
const folders: string[] = [];
/** Opened once for all tests of a place: a worker takes a second. */
const shared = new Map<BasicModel, Promise<Model>>();
afterAll(async () => {
  await Promise.all(open.splice(0).map((model) => model.release()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function opened(bundle: Bundle, place: Partial<LoadOptions>): Promise<Model> {
  const options = { name: 'm', threads: 1, compileTrees: true, workers: 0, ...place };
  const model = await loadModel(bundle, options);
  open.push(model);
  return model;
}

const basic = (model: BasicModel, place: Partial<LoadOptions>): Promise<Model> =>
  opened(bundleOf(modelFile(model)), place);

const matrix = (rows: readonly (readonly number[])[], name = 'features'): InputTensor => ({
  name,
  type: 'float32',
  rows: rows.length,
  columns: rows[0]!.length,
  flat: false,
  values: Float32Array.from(rows.flat()),
});

const background = (fields: number): Background => ({
  tensors: [],
  rows: 0,
  fieldOf: [],
  fields,
  method: 'auto',
  budget: 1,
});

/** Rows of `columns` numbers, different in each row. */
const counted = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_v, i) => row + i));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'stream-scorer-trees-'));
  folders.push(made);
  return made;
}

async function treesAt(folder: string): Promise<Bundle> {
  const file = join(folder, 'model.onnx');
  const [low, high] = [{ leaf: { 0: 1 } }, { leaf: { 0: 2 } }];
  const test = { mode: 'BRANCH_LEQ', feature: 0, value: 5, yes: low, no: high };
  await writeFile(file, treeModel({ trees: [test, test] }));
  return bundleOf(file);
}

describe.each(PLACES)('a model %s', (_place, place) => {
  beforeAll(() => {
    shared.clear();
  });
  const plain = (model: BasicModel): Promise<Model> => {
    const known = shared.get(model) ?? basic(model, place);
    shared.set(model, known);
    return known;
  };

  it('says which outputs it has', async () => {
    expect((await plain('matrix')).outputs).toEqual([
      { name: 'label', type: 'int64', shape: [null] },
      { name: 'probabilities', type: 'float32', shape: [null, 2] },
    ]);
  });

  it.each([1, 3, 4, 9])('answers its outputs by name, for %d rows', async (rows) => {
    const model = await plain('matrix');
    const given = counted(rows, 3);
    const expected = given.map(([a, b, c]) => [a! + 3 * b! + 5 * c!, 2 * a! + 4 * b! + 6 * c!]);
    expect(await model.run([matrix(given)], rows)).toEqual([
      {
        name: 'label',
        type: 'int64',
        dims: [rows],
        values: BigInt64Array.from(expected, ([no, yes]) => (yes! > no! ? 1n : 0n)),
      },
      {
        name: 'probabilities',
        type: 'float32',
        dims: [rows, 2],
        values: Float32Array.from(expected.flat()),
      },
    ]);
  });

  it('answers those that are asked for, in that order', async () => {
    const model = await plain('matrix');
    const names = async (asked: readonly string[]) =>
      (await model.run([matrix([[1, 2, 3]])], 1, asked)).map(({ name }) => name);
    expect(await names(['probabilities'])).toEqual(['probabilities']);
    expect(await names(['probabilities', 'label'])).toEqual(['probabilities', 'label']);
    await expect(names(['probability'])).rejects.toThrow('the model has no output probability');
  });

  it('answers the tensor behind a ZipMap by its name', async () => {
    const model = await plain('zipmap');
    const [{ name, type, columns }] = model.inputs as [(typeof model.inputs)[number]];
    expect(type).toBe('float32');
    const tensor = matrix(counted(3, columns!), name);
    const { perClass, score } = await model.score([tensor], 3);
    const output = model.outputs.find(({ shape }) => shape.length === 2)!;
    const [raw] = await model.run([tensor], 3, [output.name]);
    expect(raw!.dims).toEqual([3, output.shape[1]]);
    const numbers = Array.from(raw!.values as Float32Array);
    expect(numbers).toEqual(perClass === null ? expect.arrayContaining([...score]) : [...perClass]);
  });

  it('answers the same numbers as it scores, where trees are compiled', async () => {
    const model = await opened(await treesAt(await folder()), place);
    expect(model.notes).toEqual([expect.stringContaining('its trees are compiled')]);
    const tensor = matrix(counted(65, 1), 'x');
    const { score } = await model.score([tensor], 65);
    const [raw] = await model.run([tensor], 65);
    expect(Array.from(raw!.values as Float32Array)).toEqual([...score]);
  });

  it('fails as a whole where it fails at a row, and goes on', async () => {
    const model = await plain('four');
    const [input] = model.inputs;
    const wrong = { ...matrix(counted(2, 5), input!.name) };
    await expect(model.run([wrong], 2)).rejects.toThrow();
    const right = matrix(counted(6, input!.columns!), input!.name);
    const [raw] = await model.run([right], 6);
    const { score } = await model.score([right], 6);
    expect(raw!.dims[0]).toBe(6);
    expect(Array.from(raw!.values as Float32Array)).toEqual(expect.arrayContaining([...score]));
  });

  it('explains nothing where nothing explains it', async () => {
    expect((await plain('matrix')).explainer).toBeUndefined();
  });

  it('is explained where its tensors are', async () => {
    const model = await basic('matrix', { ...place, explaining: EXPLAINING });
    const tensor = matrix(counted(5, 3));
    const { notes } = await model.explainer!.prepare(background(3));
    const { columns, base, values } = await model.explainer!.explain([tensor], 5);
    const { score } = await model.score([tensor], 5);
    expect(notes[0]!.startsWith(`process ${process.pid},`)).toBe(place.workers === 0);
    expect(columns).toBe(3);
    for (const [row, value] of score.entries()) {
      const own = values.subarray(row * columns, (row + 1) * columns);
      expect(own.reduce((sum, part) => sum + part, base)).toBe(value);
    }
  });

  it('has its trees read again by what explains it, and refuses another file', async () => {
    const bundle = await treesAt(await folder());
    const model = await opened(bundle, { ...place, explaining: EXPLAINING });
    const { explainer } = model;
    expect((await explainer!.prepare(background(1))).notes[0]).toContain('2 trees');
    const replaced = await opened(bundle, { ...place, explaining: EXPLAINING });
    await writeFile(bundle.modelFile, 'another');
    expect((await replaced.explainer!.prepare(background(1))).notes[0]).toContain('0 trees');
    // read before
    expect((await explainer!.prepare(background(1))).notes[0]).toContain('2 trees');
  });
});

describe('a worker that takes the place of one that ended', () => {
  it('is prepared before it explains', async () => {
    const model = await basic('hanging', { workers: 1, timeoutMs: 700, explaining: EXPLAINING });
    const [input] = model.inputs;
    const width = input!.columns!;
    const rowsOf = (first: number) => [
      matrix([[first, ...Array<number>(width - 1).fill(1)]], input!.name),
    ];
    await model.explainer!.prepare(background(width));
    expect((await scorerErrorOf(() => model.run(rowsOf(666), 1))).code).toBe('INFERENCE_TIMEOUT');
    expect((await model.explainer!.explain(rowsOf(1), 1)).columns).toBe(width);
  });
});

describe('a model in a worker that does not answer a request', () => {
  it('in time is ended, and the next request is answered', async () => {
    const heard: string[] = [];
    const model = await basic('hanging', {
      workers: 1,
      timeoutMs: 700,
      onTimeout: (code) => heard.push(code),
    });
    const [input] = model.inputs;
    const rowsOf = (first: number) => [
      matrix([[first, ...Array<number>(input!.columns! - 1).fill(1)]], input!.name),
    ];
    const error = await scorerErrorOf(() => model.run(rowsOf(666), 1));
    expect(error.code).toBe('INFERENCE_TIMEOUT');
    expect(heard).toEqual(['INFERENCE_TIMEOUT']);
    expect(await model.run(rowsOf(1), 1)).toHaveLength(model.outputs.length);
  });
});

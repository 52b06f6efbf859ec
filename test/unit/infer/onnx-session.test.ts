import { jest } from '@jest/globals';
import { InferenceSession } from 'onnxruntime-node';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InputTensor, TensorType, TensorValues } from '../../../src/flow/tensors.ts';
import { inEvenBatches } from '../../../src/infer/fixed-batch.ts';
import type { ModelDescription } from '../../../src/infer/model-description.ts';
import type { Model } from '../../../src/infer/model.ts';
import { RunFailed } from '../../../src/infer/run-failures.ts';
import { loadOnnxModel, type OnnxOptions } from '../../../src/infer/onnx-session.ts';
import { bundleOf, modelBytes, modelFile, sha256Of, type BasicModel } from '../../models/models.ts';
import { input } from '../map/given.ts';
import { scorerErrorOf } from '../../support/thrown.ts';
import { treeModel } from '../../support/tree-model.ts';

const loaded: Model[] = [];
afterEach(async () => {
  for (const model of loaded.splice(0)) await model.release();
});

async function load(
  file: string,
  description: Partial<ModelDescription> = {},
  options: Partial<OnnxOptions> = {},
): Promise<Model> {
  const usual = { threads: 1, name: 'basic', compileTrees: true };
  const model = await loadOnnxModel(bundleOf(file, description), { ...usual, ...options });
  loaded.push(model);
  return model;
}

const basic = (model: BasicModel, description?: Partial<ModelDescription>): Promise<Model> =>
  load(modelFile(model), description);

const problemOf = async (work: () => Promise<unknown>) => (await scorerErrorOf(work)).problems[0]!;

function tensor(
  name: string,
  type: TensorType,
  values: TensorValues,
  columns = 1,
  flat = false,
): InputTensor {
  return { name, type, rows: values.length / columns, columns, flat, values };
}

async function scores(model: Model, ...tensors: InputTensor[]): Promise<number[]> {
  const { score } = await model.score(tensors, tensors[0]!.rows);
  return [...score];
}

describe('the runtime', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  // Its own default counts the cores of the host, not those of the container; some exports make it
  // warn at every run.
  it('is told how many threads to use, and to say nothing by itself', async () => {
    const create = jest.spyOn(InferenceSession, 'create');
    await basic('matrix');
    expect(create.mock.calls[0]![1]).toMatchObject({
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
  });

  it('is asked for the one output that is used', async () => {
    const create = jest.spyOn(InferenceSession, 'create');
    const model = await basic('matrix');
    const session = (await create.mock.results[0]!.value) as InferenceSession;
    const run = jest.spyOn(session, 'run');
    await scores(model, tensor('features', 'float32', Float32Array.of(1, 1, 1), 3));
    expect(run.mock.calls.map(([, fetches]) => fetches)).toEqual([['probabilities']]);
  });
});

it('names the class of the score as an encoder behind the classifier does', async () => {
  const model = await basic('renamed');
  expect(model.scoreFrom).toBe('probabilities[:,1] = "legit"');
  expect(model.warnings.join()).toContain('is the score meant to be');
  expect((await basic('renamed', { outputs: { score: { class: 'fraud' } } })).scoreFrom).toBe(
    'probabilities[:,0] = "fraud"',
  );
});

it.each(['positive', 'sigmoid'] as const)(
  'names the class of a score in one column, and asks about it: %s',
  async (name) => {
    const model = await basic(name);
    expect(model.scoreFrom).toMatch(/^probabilit\w+\[:,0\] = "legit"$/);
    expect(model.warnings.join()).toContain('is the score meant to be the probability of "legit"');
    const [low, high] = await scores(model, tensor('features', 'float32', Float32Array.of(-3, 3)));
    expect(low).toBeLessThan(high!);
    expect((await basic(name, { outputs: { score: { class: 'legit' } } })).warnings).toEqual([]);
    const refused = await problemOf(() => basic(name, { outputs: { score: { class: 'fraud' } } }));
    expect(refused).toMatchObject({
      code: 'MODEL_OUTPUT',
      where: 'model.yaml outputs.score.class',
    });
  },
);

describe('a model is fed', () => {
  it('one matrix, and the last of two columns is the score', async () => {
    const model = await basic('matrix');
    expect(model.inputs).toEqual([
      { name: 'features', type: 'float32', columns: 3, flat: false, rows: null },
    ]);
    expect(model.scoreFrom).toBe('probabilities[:,1]');
    const rows = Float32Array.of(1, 0, 0, 0, 1, 0, 1, 1, 1, -1, 0, 2);
    expect(await scores(model, tensor('features', 'float32', rows, 3))).toEqual([2, 4, 12, 10]);
  });

  it('one matrix, and the column that model.yaml names is the score', async () => {
    const model = await basic('matrix', {
      outputs: { score: { tensor: 'probabilities', column: 0 } },
    });
    expect(await scores(model, tensor('features', 'float32', Float32Array.of(1, 1, 1), 3))).toEqual(
      [9],
    );
  });

  it('one matrix, and a label of whole numbers is the score where model.yaml wants it so', async () => {
    const model = await basic('matrix', { outputs: { score: { tensor: 'label' } } });
    const rows = Float32Array.of(1, 0, 0, -1, 0, 0);
    expect(await scores(model, tensor('features', 'float32', rows, 3))).toEqual([1, 0]);
  });

  it('one input per column', async () => {
    const model = await basic('columns');
    const amount = tensor('amount', 'float32', Float32Array.of(1, 2, 3));
    const risk = tensor('risk', 'float32', Float32Array.of(4, 5, 6));
    expect(await scores(model, risk, amount)).toEqual([41, 52, 63]);
  });

  it('[N] instead of [N,1], and answers so', async () => {
    const model = await basic('flat');
    expect(model.inputs).toEqual([
      { name: 'x', type: 'float32', columns: 1, flat: true, rows: null },
    ]);
    expect(await scores(model, tensor('x', 'float32', Float32Array.of(1, 2), 1, true))).toEqual([
      10, 20,
    ]);
  });

  it('float64 without rounding to float32', async () => {
    const model = await basic('double');
    const rows = Float64Array.of(1 + 2 ** -40, 1);
    expect(await scores(model, tensor('features', 'float64', rows, 2))).toEqual([2 ** -40]);
  });

  it('int64, int32 and bool', async () => {
    const model = await basic('integers');
    expect(model.inputs.map(({ type }) => type)).toEqual(['int64', 'int32', 'bool']);
    const count = tensor('count', 'int64', BigInt64Array.of(1n, 2n));
    const age = tensor('age', 'int32', Int32Array.of(30, 40));
    const flag = tensor('flag', 'bool', Uint8Array.of(1, 0));
    expect(await scores(model, count, age, flag)).toEqual([131, 42]);
  });

  it('text', async () => {
    const model = await basic('text');
    expect(
      await scores(model, tensor('category', 'string', ['travel', 'grocery', 'else'])),
    ).toEqual([2, 1, -1]);
  });

  it('what it leaves out, which is an error: no number says which event it is of', async () => {
    const model = await basic('dropping');
    const rows = (...values: number[]): InputTensor =>
      tensor('features', 'float32', Float32Array.from(values));
    await expect(scores(model, rows(1, 2, 3))).resolves.toEqual([1, 2, 3]);
    await expect(scores(model, rows(1, 1e25, 3, 4))).rejects.toThrow(RunFailed);
    await expect(scores(model, rows(1e25))).rejects.toThrow(
      'the output score has 0 rows for 1 event',
    );
  });

  it('no rows at all', async () => {
    expect(
      await scores(await basic('matrix'), tensor('features', 'float32', new Float32Array(0), 3)),
    ).toEqual([]);
  });
});

describe('a model that ends in a ZipMap', () => {
  const rows = tensor('features', 'float32', Float32Array.of(1, 0, 0, 0, 1, 0), 3);

  it('is served from the tensor behind it', async () => {
    const model = await basic('zipmap');
    expect(await scores(model, rows)).toEqual([2, 4]);
    expect(model.scoreFrom).toBe('output_probability[:,1] = 1');
    expect(model.notes).toEqual([
      'the output output_probability is a ZipMap; the scorer uses its input, the tensor raw',
    ]);
  });

  it.each(['output_probability', 'raw'])('may be named %s in model.yaml', async (name) => {
    const model = await basic('zipmap', { outputs: { score: { tensor: name, column: 0 } } });
    expect(await scores(model, rows)).toEqual([1, 3]);
  });
});

it('any number of rows is run as a multiple of four, and answered as it was asked', async () => {
  const sizes: number[] = [];
  const run = inEvenBatches((tensors, rows) => {
    sizes.push(rows);
    const { values, columns } = tensors[0]!;
    expect(values).toHaveLength(rows * columns);
    return Promise.resolve({ data: values as Float32Array, rows, width: columns });
  });
  for (const rows of [0, 1, 3, 4, 5, 1024]) {
    const values = Float32Array.from({ length: rows * 2 }, (_, i) => i);
    const answer = await run([tensor('x', 'float32', values, 2)], rows);
    expect([answer.rows, [...(answer.data as Float32Array)]]).toEqual([rows, [...values]]);
  }
  expect(sizes).toEqual([0, 4, 4, 4, 8, 1024]);
});

describe('a model for a fixed number of rows', () => {
  it('of 1 is run row by row', async () => {
    const model = await basic('single');
    expect(model.inputs).toMatchObject([{ rows: 1 }]);
    expect(model.notes.join()).toContain('one event at a time');
    const rows = tensor('features', 'float32', Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3);
    expect(await scores(model, rows)).toEqual([3, 7, 11]);
  });

  it('of 4 is run on 4 at a time, the last ones padded', async () => {
    const model = await basic('four');
    expect(model.notes.join()).toContain('4 events at a time, and the last batch is padded');
    const rows = Float32Array.from({ length: 2 * 6 }, (_, i) => i);
    expect(await scores(model, tensor('features', 'float32', rows, 2))).toEqual([
      1, 5, 9, 13, 17, 21,
    ]);
    expect(await scores(model, tensor('features', 'float32', rows.subarray(0, 8), 2))).toEqual([
      1, 5, 9, 13,
    ]);
  });
});

describe('a model with weights beside it', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-beside-'));
    await copyFile(modelFile('beside'), join(folder, 'model.onnx'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is refused without them, by their name', async () => {
    const problem = await problemOf(() => load(join(folder, 'model.onnx')));
    expect(problem).toMatchObject({ code: 'MODEL_NOT_FOUND', where: join(folder, 'model.onnx') });
    expect(problem.what).toContain('beside.bin');
    expect(problem.remedy).toContain(folder);
  });

  it.each(['../a/b.bin', '/aa/bb.bin'])(
    'is refused where they are outside its folder: %s',
    async (place) => {
      const file = join(folder, 'outside.onnx');
      await writeFile(
        file,
        Buffer.from(
          modelBytes('beside').toString('latin1').replaceAll('beside.bin', place),
          'latin1',
        ),
      );
      const problem = await problemOf(() => load(file));
      expect(problem).toMatchObject({ code: 'MODEL_UNREADABLE', where: file });
      expect(problem.what).toContain(`${place}, which is outside its folder`);
    },
  );

  it('finds them even where its ZipMap was taken off in memory', async () => {
    await writeFile(
      join(folder, 'beside.bin'),
      Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
    );
    const model = await load(join(folder, 'model.onnx'), { outputs: { classes: ['no', 'yes'] } });
    const { score, classes, perClass } = await model.score(
      [tensor('features', 'float32', Float32Array.of(1, 1, 1), 3)],
      1,
    );
    expect([[...score], classes, [...perClass!]]).toEqual([[12], ['no', 'yes'], [9, 12]]);
  });
});

describe('a model of decision trees', () => {
  let file: string;
  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'stream-scorer-trees-')), 'model.onnx');
    const split = { mode: 'BRANCH_LEQ', feature: 0, value: 1 };
    const trees = [1, 2].map((more) => ({
      ...split,
      yes: { leaf: { 0: 0.1 * more } },
      no: { leaf: { 0: more } },
    }));
    await writeFile(file, treeModel({ trees }));
    await writeFile(`${file}.four`, treeModel({ trees }, 4));
  });
  afterAll(() => rm(dirname(file), { recursive: true }));

  const inputs = [input('x', { field: 'amount' })];

  it.each<[Partial<OnnxOptions>, string]>([
    [
      {},
      'its trees are compiled (2); 1002 scores are the same as those of ONNX Runtime, bit for bit',
    ],
    [{ compileTrees: false }, 'ONNX Runtime runs its trees: inference.compileTrees is false'],
    [
      { threads: 2 },
      'ONNX Runtime runs its trees: inference.threads is above 1, and several threads add in another order',
    ],
  ])('with %o says: %s', async (options, note) => {
    const model = await load(file, { inputs }, options);
    expect(model.notes).toEqual([note]);
    const values = Float32Array.from({ length: 100 }, (_, i) => i / 50);
    const expected = Array.from(values, (value) =>
      value <= 1 ? Math.fround(Math.fround(0.1) + Math.fround(0.2)) : 3,
    );
    expect(await scores(model, tensor('x', 'float32', values))).toEqual(expected);
  });

  it('for a fixed number of rows is left to ONNX Runtime', async () => {
    const model = await load(`${file}.four`, { inputs });
    expect(model.notes).toContain('ONNX Runtime runs its trees: the model has a fixed batch size');
    expect(await scores(model, tensor('x', 'float32', new Float32Array(50).fill(7)))).toEqual(
      Array(50).fill(3),
    );
  });

  it('asks ONNX Runtime for a large batch only where the trees are not compiled', async () => {
    const create = jest.spyOn(InferenceSession, 'create');
    const batch = tensor('x', 'float32', new Float32Array(64));
    const calls = [];
    for (const compileTrees of [true, false]) {
      create.mockClear();
      const model = await load(file, { inputs }, { compileTrees });
      const sessions = await Promise.all(
        create.mock.results.map(({ value }) => value as Promise<InferenceSession>),
      );
      const runs = sessions.map((session) => jest.spyOn(session, 'run'));
      await scores(model, batch);
      calls.push(runs.reduce((sum, run) => sum + run.mock.calls.length, 0));
    }
    expect(calls).toEqual([0, 1]);
    create.mockRestore();
  });
});

it('a dynamically quantised model is warned about: its scores depend on the batch', async () => {
  const model = await basic('quantised');
  expect(model.warnings.join()).toContain('quantised dynamically (DynamicQuantizeLinear)');
  expect(model.quantisedByBatch).toBe(true);
  const alone = await scores(model, tensor('features', 'float32', Float32Array.of(0.1, 0.7), 2));
  const amid = await scores(
    model,
    tensor('features', 'float32', Float32Array.of(0.1, 0.7, 300, 1), 2),
  );
  expect(amid[0]).not.toBe(alone[0]);
  expect((await basic('matrix')).warnings).toEqual([]);
});

describe('a loaded model', () => {
  it('says which version scored', async () => {
    const model = await basic('flat');
    const {
      models: [identity],
    } = await model.score([tensor('x', 'float32', Float32Array.of(1), 1, true)], 1);
    expect(identity).toEqual({ name: 'basic', version: '7', sha256: sha256Of(modelBytes('flat')) });
  });

  it('hands on NaN and infinity as they are: ONNX Runtime says nothing about them', async () => {
    const model = await basic('logarithm', { warmup: [] });
    expect(await scores(model, tensor('x', 'float32', Float32Array.of(-1, 0, 1)))).toEqual([
      NaN,
      -Infinity,
      0,
    ]);
  });
});

describe('an input of several dimensions', () => {
  const fed = (...features: object[]): Partial<ModelDescription> => ({
    inputs: [
      { name: 'window', features: features.map((one) => ({ field: 'f', transforms: [], ...one })) },
    ],
  });

  it('takes its rows as they lie', async () => {
    const model = await basic('window', fed({ matrix: [3, 2] }));
    expect(model.inputs).toEqual([
      { name: 'window', type: 'float32', columns: null, flat: false, rows: null, inner: [null, 2] },
    ]);
    const window = tensor(
      'window',
      'float32',
      Float32Array.of(1, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 1),
      6,
    );
    expect(await scores(model, { ...window, inner: [3, 2] })).toEqual([1 + 4 + 6 + 18, 6]);
  });

  it('is warmed up as model.yaml lays it out', async () => {
    expect((await basic('window', fed({ vector: 4 }, { vector: 4 }))).scoreFrom).toBe('score[:,0]');
  });
});

describe('types of numbers', () => {
  it('takes and gives halves', async () => {
    const model = await basic('halves');
    const x = Uint16Array.of(0x3c00, 0x3800, 0xc000, 0x4200, 0, 0x8000); // 1, 0.5, -2, 3, 0, -0
    expect(await scores(model, tensor('x', 'float16', x, 2))).toEqual([1.5, 1, 0]);
  });

  it('takes whole numbers of one byte', async () => {
    expect(await scores(await basic('byte'), tensor('x', 'uint8', Uint8Array.of(0, 255)))).toEqual([
      0, 255,
    ]);
  });
});

describe('a model is refused', () => {
  it.each<[string, BasicModel, string]>([
    [
      'whose inputs are for different numbers of rows',
      'unequal',
      'different numbers of rows: a 4, b 1',
    ],
  ])('%s', async (_what, model, what) => {
    const problem = await problemOf(() => basic(model));
    expect(problem).toMatchObject({ code: 'MODEL_INPUT', where: modelFile(model) });
    expect(problem.what).toContain(what);
  });

  it.each<[string, BasicModel, string, string]>([
    [
      'with an operator that is nobody’s',
      'custom',
      'MODEL_OPERATOR',
      'the operator acme.text.Tokenise (its output is score)',
    ],
    ['of an opset to come', 'future', 'MODEL_OPERATOR', 'opset ai.onnx 99'],
    [
      'with one number for all rows',
      'summed',
      'MODEL_OUTPUT',
      'the output score has 1 rows for 3 events',
    ],
  ])('%s', async (_what, model, code, what) => {
    const problem = await problemOf(() => basic(model, { inputs: [input('features', 'a', 'b')] }));
    expect(problem).toMatchObject({ code });
    expect(problem.what).toContain(what);
  });

  it.each<[string, string[], string, RegExp]>([
    [
      'with an input that nothing feeds',
      ['feature', 'a', 'b', 'c'],
      'MODEL_INPUT',
      /no columns for the input features/,
    ],
    [
      'that takes other columns than it says',
      ['features', 'a', 'b'],
      'MODEL_UNREADABLE',
      /cannot run on the columns/,
    ],
  ])('%s', async (_what, [name, ...fields], code, what) => {
    const problem = await problemOf(() => basic('open', { inputs: [input(name!, ...fields)] }));
    expect(problem.code).toBe(code);
    expect(problem.what).toMatch(what);
  });

  describe('whose file', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stream-scorer-infer-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it.each<[string, () => Buffer | undefined]>([
      ['is cut', () => modelBytes('matrix').subarray(0, 150)],
      ['is something else', () => Buffer.from('{"this": "is not ONNX"}')],
      ['is empty', () => Buffer.alloc(0)],
      ['is not there', () => undefined],
    ])('%s', async (what, bytes) => {
      const file = join(folder, `${what}.onnx`);
      const content = bytes();
      if (content !== undefined) await writeFile(file, content);
      const problem = await problemOf(() => load(file));
      expect(problem).toMatchObject({ code: 'MODEL_UNREADABLE', where: file });
    });
  });
});

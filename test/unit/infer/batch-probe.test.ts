import type { InputTensor } from '../../../src/flow/tensors.ts';
import { probeBatches, type BatchProbe } from '../../../src/infer/batch-probe.ts';
import type { Answer, RunTensors } from '../../../src/infer/fixed-batch.ts';
import { loadOnnxModel } from '../../../src/infer/onnx-session.ts';
import type { Model } from '../../../src/infer/model.ts';
import { bundleOf, modelFile, type BasicModel } from '../../models/models.ts';
import { scorerErrorOf } from '../../support/thrown.ts';
import { input } from '../map/given.ts';

const zeros = (rows: number): InputTensor[] => [
  { name: 'x', type: 'float32', rows, columns: 2, flat: false, values: new Float32Array(2 * rows) },
];

/** A model that is a function of all rows. */
function probing(
  answer: (rows: number[][]) => number[],
  more: Partial<BatchProbe> = {},
): Promise<boolean> {
  const run: RunTensors = (tensors, rows): Promise<Answer> => {
    const values = tensors[0]!.values as Float32Array;
    const table = Array.from({ length: rows }, (_, i) => [...values.subarray(2 * i, 2 * i + 2)]);
    return Promise.resolve({ data: Float32Array.from(answer(table)), rows, width: 1 });
  };
  return probeBatches({
    run,
    zeros,
    specs: [],
    texts: [],
    output: 'p',
    yamlFile: 'model.yaml',
    rounding: false,
    alone: false,
    most: 1024,
    ...more,
  });
}

const codeOf = async (work: () => Promise<unknown>): Promise<string> =>
  (await scorerErrorOf(work)).code;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** A time in seconds, as a model standardises it. */
const scaled = (x: number): number => (x - 1.7e9) / 1e6;
const mean = (numbers: number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

describe('a model is taken', () => {
  it('whose rows are answered each for itself', async () => {
    expect(await probing((rows) => rows.map(([a, b]) => a! * 3 - b!))).toBe(true);
  });

  it('whose rounding depends on the size of the batch', async () => {
    expect(
      await probing((rows) => rows.map(([a, b]) => (a! + b!) * (1 + (rows.length % 5) * 1e-7))),
    ).toBe(true);
  });

  it('that answers NaN or infinity at some rows', async () => {
    expect(await probing((rows) => rows.map(([a]) => Math.log(a!)))).toBe(true);
    expect(await probing((rows) => rows.map(([a]) => (a! < 0 ? -Infinity : Infinity)))).toBe(true);
  });

  it('without a search for what is between a number and NaN', async () => {
    let alone = 0;
    const answer = (rows: number[][]): number[] => {
      if (rows.length === 1) alone++;
      return rows.map(([, b]) => (b! > 0 ? NaN : 1));
    };
    expect(await probing(answer)).toBe(true);
    // each of the 8 rows of the 6 sets, and once more for the search
    expect(alone).toBe(2 * 6 * 8);
  });

  it('that makes much of the last bits of a number', async () => {
    // what is left of a large number that cancels out, as in distances
    const noisy = (rows: number[][]): number[] =>
      rows.map(([a]) => Math.sin(a! * 1e7 * (1 + (rows.length % 5) * 1e-9)));
    expect(await probing(noisy)).toBe(true);
  });

  it('that throws at rows which are not of its world, as long as some are', async () => {
    const picky = (rows: number[][]): number[] => {
      if (rows.some(([a]) => Math.abs(a!) > 5)) throw new RangeError('too large');
      return rows.map(([a]) => a!);
    };
    expect(await probing(picky)).toBe(true);
    const never = (): number[] => {
      throw new RangeError('none');
    };
    expect(await probing(never)).toBe(false);
  });

  it('with numbers of 16 bits, which round more', async () => {
    const half = (rows: number[][]): number[] =>
      rows.map(([a]) => a! * (1 + (rows.length % 2) * 1e-3));
    expect(await probing(half, { halves: true })).toBe(true);
    expect(await codeOf(() => probing(half))).toBe('MODEL_BATCH_DEPENDENT');
  });

  it('that says the same nearly everywhere, with nothing between', async () => {
    expect(await probing((rows) => rows.map(([a]) => (a! > 3 ? 1 : 0)))).toBe(true);
    expect(await probing((rows) => rows.map(() => 1))).toBe(true);
  });

  it('that depends on the batch, where each event runs alone', async () => {
    expect(await probing((rows) => rows.map(([a]) => a! / rows.length), { alone: true })).toBe(
      true,
    );
  });
});

describe('a model is refused', () => {
  it.each<[string, (rows: number[][]) => number[]]>([
    ['the mean of the batch', (rows) => rows.map(([a]) => a! - mean(rows.map(([x]) => x!)))],
    [
      'a little of the mean of the batch',
      (rows) => rows.map(([a]) => a! + 0.01 * mean(rows.map(([x]) => x!))),
    ],
    ['its place', (rows) => rows.map(([a], i) => a! + i)],
    ['the row before it', (rows) => rows.map((_, i) => rows[Math.max(0, i - 1)]![0]!)],
    ['the first row', (rows) => rows.map(([a]) => a! * Math.sign(rows[0]![0]!))],
    [
      'a very little of the mean of the batch',
      (rows) => rows.map(([a]) => sigmoid(a! + 1e-3 * mean(rows.map(([x]) => x!)))),
    ],
    [
      'the mean of features that were scaled',
      (rows) => rows.map(([a]) => sigmoid(2 * scaled(a!) - mean(rows.map(([x]) => scaled(x!))))),
    ],
    [
      'the mean of features that were scaled, and is NaN for many rows',
      (rows) =>
        rows.map(([a, b]) =>
          b! > 0 ? NaN : sigmoid(2 * scaled(a!) - mean(rows.map(([x]) => scaled(x!)))),
        ),
    ],
    ['the size of large batches', (rows) => rows.map(([a]) => (rows.length > 1000 ? 2 * a! : a!))],
    ['the size of the batch', (rows) => rows.map(([a]) => (rows.length > 20 ? 2 * a! : a!))],
    ['how it compares', (rows) => rows.map(([a]) => rows.filter(([x]) => x! < a!).length)],
    [
      'the largest, in shares alone',
      (rows) =>
        rows.map(([a]) =>
          Math.abs(a!) < 1 ? a! / Math.max(...rows.map(([x]) => Math.abs(x!))) : 0,
        ),
    ],
  ])('where a score depends on %s', async (_what, answer) => {
    expect(await codeOf(() => probing(answer))).toBe('MODEL_BATCH_DEPENDENT');
  });

  it('where the same row has another score each time, also where each event runs alone', async () => {
    let calls = 0;
    const drawn = (rows: number[][]): number[] => rows.map(([a]) => a! + 0.01 * (calls++ % 97));
    expect(await codeOf(() => probing(drawn))).toBe('MODEL_NOT_REPEATABLE');
    expect(await codeOf(() => probing(drawn, { alone: true }))).toBe('MODEL_NOT_REPEATABLE');
  });

  it('where it has an operator that draws, however seldom something else comes of it', async () => {
    let calls = 0;
    const drawn = (rows: number[][]): number[] =>
      rows.map(([a]) => (calls++ % 997 === 0 ? -a! : a!));
    expect(await codeOf(() => probing(drawn, { draws: true }))).toBe('MODEL_NOT_REPEATABLE');
  });

  it('where it has not a row for each event', async () => {
    const run: RunTensors = (_, rows) =>
      Promise.resolve({ data: new Float32Array(rows - 1), rows: rows - 1, width: 1 });
    expect(await codeOf(() => probing(() => [], { run }))).toBe('MODEL_OUTPUT');
  });
});

describe('ONNX Runtime', () => {
  const columns = (model: BasicModel): string[] =>
    ['normalised', 'dropout'].includes(model) ? ['a', 'b'] : ['a'];
  const load = (model: BasicModel, batchDependent = false): Promise<Model> =>
    loadOnnxModel(
      bundleOf(modelFile(model), {
        inputs: [input('features', ...columns(model))],
        batchDependent,
      }),
      { threads: 1, name: 'm', compileTrees: true },
    );

  it.each<[BasicModel, string]>([
    ['softmax-down', 'MODEL_BATCH_DEPENDENT'],
    ['less-the-least', 'MODEL_BATCH_DEPENDENT'],
    ['running', 'MODEL_BATCH_DEPENDENT'],
    ['normalised', 'MODEL_NOT_REPEATABLE'],
    ['dropout', 'MODEL_NOT_REPEATABLE'],
  ])('refuses %s: %s', async (model, code) => {
    expect(await codeOf(() => load(model))).toBe(code);
  });

  it('refuses scores that are drawn whatever model.yaml says', async () => {
    expect(await codeOf(() => load('dropout', true))).toBe('MODEL_NOT_REPEATABLE');
  });

  it('runs each event alone where model.yaml says that the score depends on the batch', async () => {
    const model = await load('softmax-down', true);
    const values = Float32Array.of(1, 2, 3, 4, 5);
    const { score } = await model.score(
      [{ name: 'features', type: 'float32', rows: 5, columns: 1, flat: false, values }],
      5,
    );
    expect([...score]).toEqual([1, 1, 1, 1, 1]);
    expect(model.notes).toContain('the model runs on each event alone (batchDependent: true)');
    await model.release();
  });
});

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InputTensor } from '../../../src/flow/tensors.ts';
import { scoreInParts, type InParts } from '../../../src/infer/in-parts.ts';
import { loadModel } from '../../../src/infer/load-model.ts';
import type { Model } from '../../../src/infer/model.ts';
import { Crashed, TimedOut } from '../../../src/infer/run-failures.ts';
import { openModelPool, tryModel } from '../../../src/infer/worker-pool.ts';
import { bundleOf, modelFile, type BasicModel } from '../../models/models.ts';
import { scorerErrorOf } from '../../support/thrown.ts';
import { treeModel } from '../../support/tree-model.ts';

const THROWS = 666;
const ENDS = 667;
const CRASHES = 669;
const KILLED = 670;

const open: Model[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.release()));
});

async function kept(loading: Promise<Model>): Promise<Model> {
  const model = await loading;
  open.push(model);
  return model;
}

const load = (model: BasicModel, workers: number): Promise<Model> =>
  kept(
    loadModel(bundleOf(modelFile(model)), {
      name: 'basic',
      threads: 1,
      compileTrees: true,
      workers,
    }),
  );

const MORTAL = pathToFileURL(resolve('test/support/mortal-worker.ts'));

const mortal = (
  workers = 1,
  now?: () => number,
  timeoutMs = 60_000,
  onTimeout?: (code: string) => void,
  maxLosses?: number,
): Promise<Model> =>
  kept(
    openModelPool({
      bundle: bundleOf(modelFile('matrix')),
      options: { name: 'm', threads: 1, compileTrees: true },
      workers,
      timeoutMs,
      maxLosses,
      program: MORTAL,
      ...(now === undefined ? {} : { now }),
      ...(onTimeout === undefined ? {} : { onTimeout }),
    }),
  );

/** A model that hangs at rows that begin with 666. */
const hanging = {
  bundle: bundleOf(modelFile('hanging')),
  options: { name: 'h', threads: 1, compileTrees: true },
  timeoutMs: 700,
};

const rowsOf = (firsts: readonly number[]): InputTensor[] => [
  { ...matrix(firsts.length), values: Float32Array.from(firsts.flatMap((first) => [first, 1, 2])) },
];

/** Rows of three columns, different for every `seed`. */
function matrix(rows: number, seed = 1): InputTensor {
  const values = Float32Array.from({ length: rows * 3 }, (_, i) =>
    Math.fround(Math.sin(seed * 1000 + i) * 10),
  );
  return { name: 'features', type: 'float32', rows, columns: 3, flat: false, values };
}

const one = (value: number): InputTensor[] => [
  { ...matrix(1), values: Float32Array.of(value, 0, 0) },
];

describe('a model in worker processes', () => {
  it('scores bit for bit what it does in the loop, whichever worker a batch goes to', async () => {
    const [loop, pool] = [await load('matrix', 0), await load('matrix', 3)];
    // the numbers of the large ones go through the shared pages
    const sizes = [1, 2, 1024, 17, 300, 16_384, 64, 999, 8000, 7000, 6001, 9000, 5];
    const expected = await Promise.all(sizes.map((rows, i) => loop.score([matrix(rows, i)], rows)));
    const actual = await Promise.all(sizes.map((rows, i) => pool.score([matrix(rows, i)], rows)));
    expect(actual.map(({ score }) => score)).toEqual(expected.map(({ score }) => score));
    expect(actual[2]!.score).toHaveLength(1024);
  });

  it('scores several classes of many rows as it does in the loop', async () => {
    const bundle = bundleOf(modelFile('zipmap'), { outputs: { classes: ['ok', 'fraud'] } });
    const options = { name: 'z', threads: 1, compileTrees: true };
    const [loop, pool] = [
      await kept(loadModel(bundle, { ...options, workers: 0 })),
      await kept(loadModel(bundle, { ...options, workers: 1 })),
    ];
    const { name } = loop.inputs[0]!;
    const given = [{ ...matrix(8000), name }];
    const expected = await loop.score(given, 8000);
    expect(expected.perClass).toHaveLength(16_000);
    expect(await pool.score(given, 8000)).toMatchObject({
      score: expected.score,
      perClass: expected.perClass,
    });
  });

  it('tells of itself what it does in the loop', async () => {
    const [loop, pool] = [await load('matrix', 0), await load('matrix', 1)];
    const functions = {
      score: expect.any(Function) as unknown,
      run: expect.any(Function) as unknown,
      release: expect.any(Function) as unknown,
    };
    expect({ ...pool, ...functions }).toEqual({ ...loop, ...functions });
  });

  it('opens it with the options it was given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-trees-'));
    const file = join(folder, 'model.onnx');
    const leaf = { leaf: { 0: 1 } };
    await writeFile(
      file,
      treeModel({ trees: [{ mode: 'BRANCH_LEQ', feature: 0, value: 1, yes: leaf, no: leaf }] }),
    );
    const notes = [];
    for (const compileTrees of [true, false]) {
      notes.push(
        (await kept(loadModel(bundleOf(file), { name: 'x', threads: 1, compileTrees, workers: 1 })))
          .notes,
      );
    }
    expect(notes).toEqual([
      [expect.stringContaining('its trees are compiled (1)')],
      [expect.stringContaining('inference.compileTrees is false')],
    ]);
    await rm(folder, { recursive: true });
  });

  it('takes text, which is copied', async () => {
    const [loop, pool] = [await load('text', 0), await load('text', 1)];
    const values = ['a', 'b', 'Grüße', ''];
    const input = loop.inputs[0]!;
    const texts = (): InputTensor[] => [
      {
        name: input.name,
        type: 'string',
        rows: 4,
        columns: 1,
        flat: input.flat,
        values: [...values],
      },
    ];
    expect((await pool.score(texts(), 4)).score).toEqual((await loop.score(texts(), 4)).score);
  });

  it('leaves memory alone that a tensor shares with others', async () => {
    const [loop, pool] = [await load('matrix', 0), await load('matrix', 1)];
    const whole = matrix(8).values as Float32Array;
    const part = { ...matrix(4), values: whole.subarray(3, 15) };
    const { score } = await pool.score([part], 4);
    expect(score).toEqual((await loop.score([part], 4)).score);
    expect(whole).toHaveLength(24);
  });

  it('says how long the model itself took', async () => {
    const pool = await mortal();
    expect(await pool.score([matrix(1)], 1)).toMatchObject({ seconds: 0.5 });
  });

  it('gets many numbers through the shared pages, again and again', async () => {
    const pool = await mortal();
    const took = new Set<number | undefined>();
    for (let i = 0; i < 5; i++) took.add((await pool.score([matrix(8000)], 8000)).seconds);
    // where there is no memory for files, through the channel
    expect([...took]).toEqual([existsSync('/dev/shm') ? 0.25 : 0.5]);
  });

  it('that cannot be opened is refused as it is in the loop', async () => {
    const problems = async (workers: number) =>
      (await scorerErrorOf(() => load('unequal', workers))).problems;
    expect(await problems(2)).toEqual(await problems(0));
  });

  it('passes an error of the model on, and lives', async () => {
    const pool = await load('matrix', 1);
    await expect(pool.score([{ ...matrix(2), name: 'other' }], 2)).rejects.toThrow(/features/);
    expect((await pool.score([matrix(2)], 2)).score).toHaveLength(2);
  });

  it('uses all of them at once', async () => {
    const pool = await mortal(2);
    const answers = await Promise.all([1, 2, 3, 4].map((i) => pool.score(one(i), 1)));
    expect(new Set(answers.map(({ score }) => score[0])).size).toBe(2);
  });
});

describe('a worker that dies at what it works on', () => {
  it.each([
    ['an exception', THROWS, 'exit code 1', 20],
    ['an exit in a batch of many rows', ENDS, 'exit code 7', 6000],
    ['a crash', CRASHES, 'signal SIGSEGV', 20],
  ])('of %s: only the event at fault has no score', async (_what, cause, signal, rows) => {
    const heard: string[] = [];
    const pool = await mortal(1, undefined, 60_000, (code) => heard.push(code));
    const tensor = matrix(rows);
    (tensor.values as Float32Array)[3 * 13] = cause;
    const answers = await Promise.all([
      pool.score([tensor], rows),
      pool.score(one(2), 1),
      pool.score([matrix(8000)], 8000),
    ]);
    const why = `it crashed the process that runs it: ${signal}`;
    expect(answers.map(({ failed }) => failed)).toEqual([
      [{ row: 13, why, crashed: true }],
      undefined,
      undefined,
    ]);
    const [{ score }] = answers;
    expect([...score].map((value) => value > 0)).toEqual(
      Array.from({ length: rows }, (_, i) => i !== 13),
    );
    expect(new Set(heard)).toEqual(new Set(['INFERENCE_CRASHED']));
    // the batch and its parts down to a few events, the one alone, and once more
    expect(heard).toHaveLength(rows === 20 ? 4 : 7);
  });

  it('does so as often as it likes', async () => {
    const pool = await mortal();
    for (let i = 0; i < 4; i++) expect((await pool.score(one(CRASHES), 1)).failed).toHaveLength(1);
  });

  it('by accident: the event has its score', async () => {
    const scored = { score: Float64Array.of(7), perClass: null, seconds: 0 };
    const ends = [new Crashed('signal SIGSEGV')];
    const score: InParts['score'] = () =>
      ends.length > 0 ? Promise.reject(ends.pop()!) : Promise.resolve(scored);
    expect(await scoreInParts(one(1), 1, { score })).toEqual({
      ...scored,
      timedOut: [],
      failed: [],
    });
  });
});

describe('a limit of what a batch may cost', () => {
  const HANGS = 668;
  const rowsOf = (values: readonly number[]): InputTensor[] => [
    {
      name: 'x',
      type: 'float32',
      rows: values.length,
      columns: 1,
      flat: false,
      values: Float32Array.from(values),
    },
  ];
  /** Scores in parts, with a model that hangs for some values; how often it was asked, too. */
  async function scored(values: readonly number[], left: number) {
    let asked = 0;
    const score: InParts['score'] = (tensors, rows) => {
      asked++;
      const hangs = (tensors[0]!.values as Float32Array).includes(HANGS);
      return hangs
        ? Promise.reject(new TimedOut())
        : Promise.resolve({ score: new Float64Array(rows), perClass: null, seconds: 0 });
    };
    const result = await scoreInParts(rowsOf(values), values.length, { score, losses: { left } });
    return { ...result, asked };
  }

  it('finds one event that hangs', async () => {
    const { timedOut } = await scored(new Array<number>(1024).fill(1).with(700, HANGS), 12);
    expect(timedOut).toEqual([700]);
  });

  it('gives up where all of them hang, and does not wait for each', async () => {
    const { timedOut, score, asked } = await scored(new Array<number>(1024).fill(HANGS), 12);
    expect(timedOut).toHaveLength(1024);
    expect(asked).toBe(12);
    expect(score.every((value) => Number.isNaN(value))).toBe(true);
  });

  it('then tries a batch once, until one is answered', async () => {
    const heard: string[] = [];
    const pool = await mortal(1, undefined, 400, (code) => heard.push(code), 2);
    const hanging = rowsOf([HANGS, HANGS, HANGS]);
    expect((await pool.score(hanging, 3)).timedOut).toEqual([0, 1, 2]);
    expect(heard).toHaveLength(2);
    expect((await pool.score(hanging, 3)).timedOut).toEqual([0, 1, 2]);
    expect(heard).toHaveLength(3);
    expect((await pool.score(rowsOf([1]), 1)).timedOut).toBeUndefined();
    expect((await pool.score(rowsOf([1, HANGS]), 2)).timedOut).toEqual([1]);
  });
});

describe('a worker that is ended from outside', () => {
  it('gives its batches back to be tried again, and a fresh one takes them', async () => {
    const pool = await mortal();
    const before = await pool.score(one(1), 1);
    const answers = await Promise.allSettled([
      pool.score(one(KILLED), 1),
      pool.score(one(2), 1),
      pool.score(one(3), 1),
    ]);
    const [first, second, third] = answers;
    expect(first).toMatchObject({
      status: 'rejected',
      reason: { code: 'MODEL_WORKER_LOST', fate: 'retry' },
    });
    expect(String((first as PromiseRejectedResult).reason)).toContain('signal SIGKILL');
    // in its mailbox
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'MODEL_WORKER_LOST' } });
    expect(third).toMatchObject({ status: 'fulfilled' }); // was not given to it yet
    expect((await pool.score(one(1), 1)).score[0]).not.toBe(before.score[0]);
  });

  it('again and again ends the program', async () => {
    const pool = await mortal();
    const codes: string[] = [];
    for (let i = 0; i < 7; i++)
      codes.push((await scorerErrorOf(() => pool.score(one(KILLED), 1))).code);
    expect(codes).toEqual([
      ...new Array<string>(6).fill('MODEL_WORKER_LOST'),
      'MODEL_WORKER_FAILED',
    ]);
    expect(await scorerErrorOf(() => pool.score(one(1), 1))).toMatchObject({
      fate: 'exit',
      exitCode: 1,
    });
  });

  it('now and then does not', async () => {
    let now = 0;
    const pool = await mortal(1, () => now);
    for (let i = 0; i < 10; i++) {
      await scorerErrorOf(() => pool.score(one(KILLED), 1));
      now += 5 * 60_000;
    }
    expect((await pool.score(one(1), 1)).score).toHaveLength(1);
  });
});

describe('a pool that is released', () => {
  it('answers what it was asked, and then takes no more', async () => {
    const pool = await mortal(2);
    const asked = [pool.score(one(1), 1), pool.score(one(2), 1)];
    await pool.release();
    await Promise.all(asked);
    await expect(pool.score(one(1), 1)).rejects.toThrow('released');
  });

  it('while a fresh worker is on its way', async () => {
    const pool = await mortal();
    await scorerErrorOf(() => pool.score(one(KILLED), 1));
    await pool.release();
  });
});

describe('a model that does not answer in time', () => {
  it('is ended, and only the events that take so long have no score', async () => {
    const pool = await mortal(1, undefined, 500);
    const tensor = matrix(20);
    (tensor.values as Float32Array)[3 * 13] = 668;
    const { score, timedOut } = await pool.score([tensor], 20);
    expect(timedOut).toEqual([13]);
    expect([...score].map((value) => value > 0)).toEqual(
      Array.from({ length: 20 }, (_, i) => i !== 13),
    );
    expect((await pool.score([matrix(2)], 2)).timedOut).toBeUndefined();
  });

  it('leaves the batch behind it alone', async () => {
    const pool = await mortal(1, undefined, 500);
    const answers = await Promise.all([
      pool.score(one(668), 1),
      pool.score(one(1), 1),
      pool.score(one(2), 1),
    ]);
    expect(answers.map(({ timedOut }) => timedOut)).toEqual([[0], undefined, undefined]);
  });

  it('says when it is ended', async () => {
    const heard: string[] = [];
    const pool = await kept(
      openModelPool({ ...hanging, workers: 1, onTimeout: (code) => heard.push(code) }),
    );
    await pool.score(rowsOf([1, 666, 2]), 3);
    // the batch, and the event alone
    expect(heard).toEqual(['INFERENCE_TIMEOUT', 'INFERENCE_TIMEOUT']);
  });

  it('inside of the runtime is ended as well, and the other events of the batch have their scores', async () => {
    const pool = await kept(openModelPool({ ...hanging, workers: 2 }));
    const values = Array.from({ length: 40 }, (_, i) => (i === 17 ? 666 : i));
    const { score, timedOut } = await pool.score(rowsOf(values), 40);
    expect(timedOut).toEqual([17]);
    expect([...score]).toEqual(values.map((value) => (value === 666 ? NaN : value + 3)));
  });

  it('does so as often as it likes', async () => {
    const pool = await mortal(1, undefined, 100);
    for (let i = 0; i < 6; i++) expect((await pool.score(one(668), 1)).timedOut).toEqual([0]);
  });
});

describe('a model that does not answer for the rows it is tried with', () => {
  const opening = (name: string): ReturnType<typeof tryModel> =>
    tryModel({ ...hanging, options: { ...hanging.options, name }, program: MORTAL });

  it('is refused where it does not even for zeros', async () => {
    const error = await scorerErrorOf(() => opening('hangs at zeros'));
    expect(error).toMatchObject({ code: 'MODEL_TIMEOUT', exitCode: 2 });
  });

  it('is served where there may be no such events, with a warning', async () => {
    expect((await opening('hangs at others')).warnings).toEqual([
      expect.stringContaining('did not answer some test rows in time'),
    ]);
  });
});

describe('a model that ends the process it is opened in', () => {
  it.each([0, 1])('is refused, with %d workers', async (workers) => {
    const options = { name: 'm', threads: 1, compileTrees: true };
    const program = pathToFileURL(resolve('test/support/no-such-program.ts'));
    const bundle = bundleOf(modelFile('matrix'));
    const opening = (): Promise<unknown> =>
      workers === 0
        ? tryModel({ bundle, options, timeoutMs: 60_000, program })
        : openModelPool({ bundle, options, timeoutMs: 60_000, workers, program });
    expect(await scorerErrorOf(opening)).toMatchObject({ code: 'MODEL_CRASHED', exitCode: 2 });
  });
});

it('opening is given up when it is called off', async () => {
  const stop = new AbortController();
  const bundle = bundleOf(modelFile('matrix'));
  const options = { name: 'm', threads: 1, compileTrees: true };
  const opening = tryModel({ bundle, options, timeoutMs: 60_000, signal: stop.signal });
  stop.abort();
  await expect(opening).rejects.toBe(stop.signal.reason);
});

import type { InputTensor } from '../../../src/flow/tensors.ts';
import { loadModel } from '../../../src/infer/load-model.ts';
import type { Model } from '../../../src/infer/model.ts';
import { RunFailed } from '../../../src/infer/run-failures.ts';
import { scoreInParts } from '../../../src/infer/in-parts.ts';
import { bundleOf, modelFile, type BasicModel } from '../../models/models.ts';

const open: Model[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.release()));
});

/** In the loop as `run` has it, in the loop without a limit of time, and in a worker. */
const WAYS: readonly [string, { workers: number; timeoutMs?: number }][] = [
  ['in the loop', { workers: 0, timeoutMs: 60_000 }],
  ['in the loop, for as long as it takes', { workers: 0 }],
  ['in a worker', { workers: 1 }],
];

async function load(
  model: BasicModel,
  way: { workers: number; timeoutMs?: number },
): Promise<Model> {
  const loaded = await loadModel(bundleOf(modelFile(model)), {
    name: 'm',
    threads: 1,
    compileTrees: true,
    ...way,
  });
  open.push(loaded);
  return loaded;
}

function rowsOf(firsts: readonly number[], columns = 3): InputTensor[] {
  const values = Float32Array.from(
    firsts.flatMap((first) => [first, ...Array<number>(columns - 1).fill(1)]),
  );
  return [{ name: 'features', type: 'float32', rows: firsts.length, columns, flat: false, values }];
}

describe.each(WAYS)('a model that fails at some rows, %s', (_way, way) => {
  it('scores the others, and says of which it does not and why, without their values', async () => {
    const model = await load('table', way);
    const firsts = Array.from({ length: 100 }, (_, i) => (i === 17 || i === 93 ? 4711 : i % 5));
    const { score, failed, timedOut } = await model.score(rowsOf(firsts), 100);
    expect(timedOut).toBeUndefined();
    expect(failed!.map(({ row }) => row)).toEqual([17, 93]);
    for (const { why } of failed!) {
      expect(why).toMatch(
        /running Gather node.*indices element out of data bounds, idx=# must be within/,
      );
      expect(why).not.toContain('4711');
    }
    expect([...score]).toEqual(
      firsts.map((first) => (first > 4 ? NaN : (first + 1) * 100 + first + 2)),
    );
  });

  it('says so of each where it fails at all of them', async () => {
    const model = await load('table', way);
    const { score, failed } = await model.score(rowsOf([7, 8, -9]), 3);
    expect(failed!.map(({ row }) => row)).toEqual([0, 1, 2]);
    expect([...score]).toEqual([NaN, NaN, NaN]);
  });

  it('says nothing of rows where it fails at none', async () => {
    const model = await load('table', way);
    expect((await model.score(rowsOf([0, 1]), 2)).failed).toBeUndefined();
  });

  it('also where it answers without a row of some', async () => {
    const model = await load('dropping', way);
    const { score, failed } = await model.score(rowsOf([1, 1e30, 3], 1), 3);
    expect([...score]).toEqual([1, NaN, 3]);
    expect(failed).toEqual([
      { row: 1, why: expect.stringMatching(/score has # rows for # events/) as unknown },
    ]);
  });
});

describe('a batch in parts', () => {
  const failing = (message: string) => ({
    score: (): Promise<never> => Promise.reject(new RunFailed(message)),
    onTimeout: (): void => undefined,
  });

  // Another event, or the same later, would do as well.
  it('is no fault of an event where memory is short', async () => {
    const scored = scoreInParts(rowsOf([1, 2]), 2, failing('std::bad_alloc'));
    await expect(scored).rejects.toThrow('std::bad_alloc');
  });

  it('says nothing of what a text may stand in', async () => {
    const text: InputTensor = {
      name: 't',
      type: 'string',
      rows: 1,
      columns: 1,
      flat: false,
      values: ['secret'],
    };
    const said = [
      "Non-zero status code returned while running X node. Name:'n' Status Message: no secret here",
      'secret is wrong',
    ];
    const whys = await Promise.all(
      said.map(async (message) => (await scoreInParts([text], 1, failing(message))).failed[0]!.why),
    );
    expect(whys[0]).toBe("Non-zero status code returned while running X node. Name:'n'");
    expect(whys[1]).not.toContain('secret');
  });

  it('fails as before where the program is at fault', async () => {
    const options = {
      score: () => Promise.reject(new TypeError('a bug')),
      onTimeout: () => undefined,
    };
    await expect(scoreInParts(rowsOf([1]), 1, options)).rejects.toThrow('a bug');
  });
});

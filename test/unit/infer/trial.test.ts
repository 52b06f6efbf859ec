import { readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { loadModel } from '../../../src/infer/load-model.ts';
import { bundleOf, modelFile, type BasicModel } from '../../models/models.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const load = (
  model: BasicModel,
  workers: number,
  trial?: { maxMemoryBytes?: number },
  background?: boolean,
) =>
  loadModel(bundleOf(modelFile(model)), {
    name: 'm',
    threads: 1,
    compileTrees: true,
    workers,
    timeoutMs: 60_000,
    trial,
    background,
  });

describe.each([0, 1])('a model that is tried beside one that scores, %i workers', (workers) => {
  it('is opened where its process needs no more memory than it may', async () => {
    const model = await load('matrix', workers, {});
    expect(model.finiteAtWarmup).toBe(true);
    await model.release();
  });

  it('is refused where its process needs more', async () => {
    const { code, problems } = await scorerErrorOf(() =>
      load('matrix', workers, { maxMemoryBytes: 2 ** 20 }),
    );
    expect(code).toBe('MODEL_MEMORY');
    expect(problems[0]!.what).toMatch(
      /^a process with the open model needs \d+ MiB of memory, and model.maxMemoryBytes allows 1 MiB$/,
    );
  });

  it('says where no score of the warm-up is finite', async () => {
    const model = await load('logarithm', workers);
    expect(model.finiteAtWarmup).toBe(false);
    await model.release();
  });
});

/** The processes that this one has started and that run now. */
const children = (): string[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');

it('a model in the background leaves the processor to the others', async () => {
  const before = children();
  const [usual, behind] = [await load('matrix', 1), await load('matrix', 1, undefined, true)];
  const priorities = children()
    .filter((child) => !before.includes(child))
    .map((child) => getPriority(Number(child)));
  const own = getPriority();
  expect(priorities).toEqual([own, Math.max(own, constants.priority.PRIORITY_BELOW_NORMAL)]);
  await Promise.all([usual.release(), behind.release()]);
});

import { readOnnx } from '../../../src/onnx/protobuf-onnx.ts';
import type { RunTensors } from '../../../src/infer/fixed-batch.ts';
import type { Opened } from '../../../src/infer/onnx-open.ts';
import { openPart } from '../../../src/infer/onnx-run.ts';
import { tryTrees, type TriedTrees } from '../../../src/infer/tree-run.ts';
import { matrix } from '../../../src/infer/trees/matrix.ts';
import { ensembleNode, graphModel, treeModel, type GivenTree } from '../../support/tree-model.ts';

const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;
const ROWS = 40;

const step = (value: number): GivenTree => ({
  mode: 'BRANCH_LEQ',
  feature: 0,
  value,
  yes: { leaf: { 0: 1 } },
  no: { leaf: { 0: 2 } },
});

/**
 * A model whose trees are large, whatever their size; and how often ONNX Runtime was asked by those
 * who are served.
 */
async function served(model: Uint8Array, laterMs: number) {
  const part = await openPart(model, 'y', OPTIONS);
  let asked = 0;
  const run: RunTensors = (tensors, rows) => {
    asked++;
    return part.run(tensors, rows);
  };
  const opened = {
    graph: readOnnx(model),
    bytes: () => model,
    options: OPTIONS,
  } as unknown as Opened;
  const given = {
    sample: [matrix('x', new Float32Array(3), 3)],
    output: 'y',
    run,
    compileTrees: true,
    size: null,
    alone: false,
  };
  const tried: TriedTrees = await tryTrees(opened, given, { large: 0, laterMs });
  const score = async (): Promise<{ first: unknown; byRuntime: boolean }> => {
    const before = asked;
    const { data } = await tried.served!.run(
      [matrix('x', new Float32Array(ROWS).fill(5), ROWS)],
      ROWS,
    );
    // The comparison asks as well, but not while this waits for nothing.
    return { first: data[0], byRuntime: asked > before };
  };
  const release = async (): Promise<void> => {
    await tried.served!.release();
    await part.release();
  };
  return { tried, score, release, asked: () => asked };
}

describe('trees of large models', () => {
  it('are run by ONNX Runtime until they are compiled, and the compiled ones take over', async () => {
    const { tried, score, release } = await served(treeModel({ trees: [step(1), step(2)] }), 0);
    expect(tried.notes.join()).toContain('compiled after the start');
    const { first, byRuntime } = await score();
    expect([first, byRuntime]).toEqual([4, true]);
    // Each score lets others have their turn.
    while ((await score()).byRuntime) await new Promise((resolve) => setImmediate(resolve));
    expect((await score()).first).toBe(4);
    await release();
  });

  it('stay with ONNX Runtime where they cannot be compiled', async () => {
    // found where leaves are put together
    const late = treeModel({ trees: [{ ...step(1), yes: { leaf: {} } }] });
    const { score, release, asked } = await served(late, 0);
    for (let i = 0; i < 20; i++) expect((await score()).byRuntime).toBe(true);
    await release();
    expect(asked()).toBe(20);
  });

  it.each<[string, Uint8Array]>([
    [
      'their weights are not finite or too large to be added',
      treeModel({ trees: [{ leaf: { 0: Infinity } }] }),
    ],
    ['their aggregate_function is MAX', treeModel({ trees: [step(1)], aggregate: 'MAX' })],
    ['their post_transform is PROBIT', treeModel({ trees: [step(1)], classes: 2, post: 'PROBIT' })],
    ['they have only one class', treeModel({ trees: [step(1)], classes: 1 })],
    ['they compare with a number that is not finite', treeModel({ trees: [step(Infinity)] })],
    [
      'they have tests with the mode BRANCH_MEMBER',
      treeModel({ trees: [{ ...step(1), mode: 'BRANCH_MEMBER' }] }),
    ],
    [
      'the model has several tree ensembles',
      graphModel(
        [ensembleNode({ trees: [step(1)] }), ensembleNode({ trees: [step(1)] }, 'x', 'z')],
        'y',
      ),
    ],
  ])('are left to ONNX Runtime at once where the file shows that %s', async (reason, model) => {
    const run: RunTensors = () => Promise.reject(new Error('nobody asks'));
    const opened = {
      graph: readOnnx(model),
      bytes: () => model,
      options: OPTIONS,
    } as unknown as Opened;
    const given = {
      sample: [matrix('x', new Float32Array(3), 3)],
      output: 'y',
      run,
      compileTrees: true,
      size: null,
      alone: false,
    };
    const { served: none, notes } = await tryTrees(opened, given, { large: 0, laterMs: 60_000 });
    expect(none).toBeUndefined();
    expect(notes).toEqual([`ONNX Runtime runs its trees: ${reason}`]);
  });

  it('are not compiled when the model is released before', async () => {
    const { release, asked } = await served(treeModel({ trees: [step(1)] }), 60_000);
    await release();
    expect(asked()).toBe(0);
  });
});

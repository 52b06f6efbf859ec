import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '../../../src/infer/load-model.ts';
import { loadOnnxModel } from '../../../src/infer/onnx-session.ts';
import { readSignatureIsolated } from '../../../src/infer/isolated-signature.ts';
import { bundleOf, modelBytes, modelFile } from '../../models/models.ts';
import { scorerErrorOf } from '../../support/thrown.ts';
import { ensembleNode, graphModel, type GivenTree } from '../../support/tree-model.ts';

let folder: string;
let tooDeep: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stream-scorer-crash-'));
  tooDeep = await chain(100_000, 'too-deep.onnx');
});
afterAll(() => rm(folder, { recursive: true }));

const options = { name: 'm', threads: 1, compileTrees: true };
const { signal } = new AbortController();

/**
 * Trees of the given number of levels, each a test of its own: the runtime calls itself for each.
 */
async function chain(levels: number, name: string): Promise<string> {
  const leaf: GivenTree = { leaf: { 0: 1 } };
  const node = ensembleNode({
    trees: [{ mode: 'BRANCH_LEQ', feature: 0, value: 1, yes: leaf, no: leaf }],
  });
  const numbers = Array.from({ length: levels }, (_, i) => i);
  const last = 2 * levels;
  // Node 2i tests; 2i + 1 is its leaf, 2i + 2 the next test, the last one a leaf as well.
  const all = [...numbers.flatMap((i) => [2 * i, 2 * i + 1]), last];
  const tests = all.map((id) => id % 2 === 0 && id !== last);
  const leaves = all.filter((_, i) => !tests[i]);
  const file = join(folder, name);
  const deep = {
    ...node.attributes,
    nodes_treeids: { ints: all.map(() => 0) },
    nodes_nodeids: { ints: all },
    nodes_featureids: { ints: all.map(() => 0) },
    nodes_truenodeids: { ints: all.map((id, i) => (tests[i] ? id + 1 : 0)) },
    nodes_falsenodeids: { ints: all.map((id, i) => (tests[i] ? id + 2 : 0)) },
    nodes_missing_value_tracks_true: { ints: all.map(() => 0) },
    nodes_values: { floats: all },
    nodes_modes: { texts: tests.map((test) => (test ? 'BRANCH_LEQ' : 'LEAF')) },
    target_treeids: { ints: leaves.map(() => 0) },
    target_nodeids: { ints: leaves },
    target_ids: { ints: leaves.map(() => 0) },
    target_weights: { floats: leaves },
  };
  await writeFile(file, graphModel([{ ...node, attributes: deep }], 'y'));
  return file;
}

describe('a model that crashes the runtime', () => {
  const refused = { code: 'MODEL_CRASHED', exitCode: 2 };

  it.each([0, 1])('is refused, with %d workers, and this process lives', async (workers) => {
    const file = tooDeep;
    const error = await scorerErrorOf(() =>
      loadModel(bundleOf(file), { ...options, timeoutMs: 30_000, workers }),
    );
    expect(error).toMatchObject(refused);
    expect(error.problems[0]).toMatchObject({
      where: file,
      what: expect.stringContaining('SIGSEGV') as string,
    });
  });

  it('is refused by init', async () => {
    const reading = (): Promise<unknown> => readSignatureIsolated(tooDeep, signal);
    expect(await scorerErrorOf(reading)).toMatchObject(refused);
  });

  it('is told from one that is deep', async () => {
    const file = await chain(500, 'deep.onnx');
    expect((await readSignatureIsolated(file, signal)).trees).toBe(true);
  });
});

describe('a file that was replaced after its checksum was taken', () => {
  const bundle = bundleOf(modelFile('matrix'));

  it.each([0, 1])('is not served, with %d workers', async (workers) => {
    const file = join(folder, 'model.onnx');
    await writeFile(file, modelBytes('flat'));
    const replaced = { ...bundle, folder, modelFile: file };
    const error = await scorerErrorOf(() =>
      loadModel(replaced, { ...options, timeoutMs: 30_000, workers }),
    );
    expect(error).toMatchObject({ code: 'MODEL_CHECKSUM', exitCode: 2 });
  });

  it('nor are weights beside it', async () => {
    const file = join(folder, 'beside.onnx');
    await copyFile(modelFile('beside'), file);
    await writeFile(join(folder, 'beside.bin'), Buffer.alloc(24, 1));
    const given = bundleOf(file, { files: { 'beside.bin': 'f'.repeat(64) } });
    const error = await scorerErrorOf(() => loadOnnxModel(given, options));
    expect(error.problems[0]).toMatchObject({
      code: 'MODEL_CHECKSUM',
      where: 'model.yaml files.beside.bin',
    });
  });
});

import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { Answer, RunTensors } from '../../../../src/infer/fixed-batch.ts';
import { openPart } from '../../../../src/infer/onnx-run.ts';
import type { GraphNode } from '../../../../src/infer/protobuf-onnx-file.ts';
import { compileTrees, FEWEST_ROWS, type CompiledTrees } from '../../../../src/infer/trees/compile-trees.ts';
import { createTreeKernel } from '../../../../src/infer/trees/kernel.ts';
import { matrix } from '../../../../src/infer/trees/matrix.ts';
import {
  ensembleNode,
  graphModel,
  treeModel,
  type GivenEnsemble,
  type GivenTree,
} from '../../../support/tree-model.ts';

const OPTIONS = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;
const FEATURES = 3;

const releases: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

interface Both {
  readonly runtime: RunTensors;
  readonly compiled: CompiledTrees;
}

async function both(model: Uint8Array, features = FEATURES, kernel = createTreeKernel): Promise<Both> {
  const { run, release } = await openPart(model, 'y', OPTIONS);
  releases.push(release);
  const sample = [matrix('x', new Float32Array(3 * features), 3)];
  const compiled = await compileTrees({ model, output: 'y', sample, run, options: OPTIONS, kernel });
  releases.push(compiled.release);
  return { runtime: run, compiled };
}

const bits = ({ data, rows, width }: Answer) => ({ rows, width, data: Array.from(data) });

async function expectSame({ runtime, compiled }: Both, x: readonly number[], features = FEATURES): Promise<void> {
  const rows = x.length / features;
  const tensor = [matrix('x', Float32Array.from(x), rows)];
  expect(bits(await compiled.run(tensor, rows))).toEqual(bits(await runtime(tensor, rows)));
}

const split = (feature: number, value: number, yes: GivenTree, no: GivenTree, mode = 'BRANCH_LEQ', missing = false): GivenTree => ({ mode, feature, value, missing, yes, no }); // prettier-ignore
const leaf = (...weights: number[]): GivenTree => ({ leaf: Object.fromEntries(weights.entries()) });

/** Splits one after the other along one feature. */
function comb(feature: number, values: readonly number[]): GivenTree {
  return values.reduce<GivenTree>((rest, value) => split(feature, value, leaf(value), rest), leaf(0.5));
}

/** A tree with a leaf that hardly a row reaches. */
const rareLeaf = (rare: GivenTree, others: GivenTree = leaf(-1)): GivenTree =>
  Array.from({ length: 12 }, (_, i) => i).reduce((rest, i) => split(i % FEATURES, 1 + i, others, rest), rare);

const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE'];
const THRESHOLDS = [-0, 0, 1e-45, -1e-45, 0.1, 1, -1, 1.5, 1e30].map(Math.fround);

/** Trees of up to some 30 leaves, each of which adds to all targets or all to one. */
function trees(targets: number): fc.Arbitrary<GivenTree[]> {
  const weight = fc.oneof(
    fc.integer({ min: -3000, max: 3000 }).map((value) => Math.fround(value / 1000)),
    fc.float({ noNaN: true, min: -3, max: 3 }),
  );
  const all = fc.array(weight, { minLength: targets, maxLength: targets }).map((weights) => leaf(...weights));
  const one = (target: number) => weight.map((value): GivenTree => ({ leaf: { [target]: value } }));
  const treeOf = (leaves: fc.Arbitrary<GivenTree>): fc.Arbitrary<GivenTree> =>
    fc.letrec<{ tree: GivenTree; split: GivenTree }>((tie) => ({
      tree: fc.oneof({ maxDepth: 5, depthSize: 'large' }, leaves, tie('split')),
      split: fc.record({
        mode: fc.constantFrom(...MODES),
        feature: fc.nat(FEATURES - 1),
        value: fc.oneof(fc.constantFrom(...THRESHOLDS), fc.float({ noNaN: true, noDefaultInfinity: true })),
        missing: fc.boolean(),
        yes: tie('tree'),
        no: tie('tree'),
      }),
    })).split;
  const whole = fc.array(treeOf(all), { minLength: 1, maxLength: 6 });
  const turns = fc.tuple(...Array.from({ length: 2 * targets }, (_, i) => treeOf(one(i % targets))));
  return fc.oneof(whole, turns);
}

const KINDS: readonly {
  readonly name: string;
  readonly targets: number;
  readonly given: Omit<GivenEnsemble, 'trees'>;
}[] = [
  // prettier-ignore
  { name: 'a sum', targets: 1, given: {} },
  { name: 'a sum with a base', targets: 1, given: { base: [0.1] } },
  { name: 'a mean', targets: 1, given: { aggregate: 'AVERAGE', base: [-1.7] } },
  { name: 'three sums', targets: 3, given: { targets: 3, base: [0.1, 0.2, -0.3] } },
  { name: 'one of two classes', targets: 1, given: { classes: 2, post: 'LOGISTIC' } },
  { name: 'one of two classes with a base', targets: 1, given: { classes: 2, post: 'LOGISTIC', base: [0.3] } },
  { name: 'one of two classes as it is', targets: 1, given: { classes: 2 } },
  { name: 'one of two classes with a base as it is', targets: 1, given: { classes: 2, base: [-0.3] } },
  { name: 'two classes', targets: 2, given: { classes: 2, post: 'LOGISTIC' } },
  { name: 'two classes as they are', targets: 2, given: { classes: 2 } },
  { name: 'three classes', targets: 3, given: { classes: 3, post: 'SOFTMAX', base: [1, 2, -3] } },
  { name: 'three logistic classes', targets: 3, given: { classes: 3, post: 'LOGISTIC' } },
];

describe('compiled trees', () => {
  it.each(KINDS)('have the scores of ONNX Runtime, bit for bit: $name', async ({ targets, given }) => {
    const value = fc.oneof(
      fc.constantFrom(...THRESHOLDS, NaN, Infinity, -Infinity),
      fc.float({ min: Math.fround(-2), max: Math.fround(2) }),
    );
    const rows = fc
      .integer({ min: FEWEST_ROWS, max: 130 })
      .chain((count) => fc.array(value, { minLength: count * FEATURES, maxLength: count * FEATURES }));
    const property = fc.asyncProperty(trees(targets), rows, async (grown, x) => {
      // One weight below zero: without it, two classes may be something else.
      const more = targets === 1 && 'classes' in given ? [...grown, leaf(-0.25)] : grown;
      await expectSame(await both(treeModel({ ...given, trees: more })), x);
      for (const release of releases.splice(0)) await release();
    });
    await fc.assert(property, { numRuns: 25, endOnFailure: true });
  });

  it('have shares of two classes where no weight is below zero', async () => {
    const x = Array.from({ length: 3 * 50 }, (_, i) => (i % 7) / 7);
    const trees = [comb(0, [0.1, 0.2, 0.3]), comb(2, [0.05, 0.15, 0.45])];
    await expectSame(await both(treeModel({ classes: 2, trees })), x);
  });

  it('take more thresholds of a feature than fit into a byte', async () => {
    const grown = Array.from({ length: 9 }, (_, tree) =>
      comb(
        1,
        Array.from({ length: 100 }, (_, i) => i * 9 + tree),
      ),
    );
    const x = Array.from({ length: 3 * 200 }, (_, i) => (i * 7.3) % 910);
    const pair = await both(treeModel({ trees: grown }));
    expect(pair.compiled.trees).toBe(9);
    await expectSame(pair, x);
  });

  it('take trees of 128 leaves, and a tree that is nothing but a leaf', async () => {
    const grown = [
      comb(
        0,
        Array.from({ length: 127 }, (_, i) => i),
      ),
      leaf(0.25),
      comb(2, [3]),
    ];
    const x = Array.from({ length: 3 * 140 }, (_, i) => i / 3);
    await expectSame(await both(treeModel({ trees: grown })), x);
  });

  it('leave few rows to ONNX Runtime, which is sooner done with them', async () => {
    const { compiled } = await both(treeModel({ trees: [comb(0, [1, 2])] }));
    const runtime = jest.fn<RunTensors>();
    const given = { model: treeModel({ trees: [comb(0, [1, 2])] }), output: 'y', options: OPTIONS };
    const sample = [matrix('x', new Float32Array(9), 3)];
    const { run, release } = await compileTrees({ ...given, sample, run: runtime });
    releases.push(release);
    const few = FEWEST_ROWS - 1;
    await run([matrix('x', new Float32Array(3 * few), few)], few);
    expect(runtime).toHaveBeenCalledTimes(1);
    await run([matrix('x', new Float32Array(3 * FEWEST_ROWS), FEWEST_ROWS)], FEWEST_ROWS);
    expect(runtime).toHaveBeenCalledTimes(1);
    expect(compiled.trees).toBe(1);
  });

  const scaler: GraphNode = {
    operator: 'Scaler',
    domain: 'ai.onnx.ml',
    inputs: ['x'],
    outputs: ['scaled'],
    attributes: { offset: { floats: [0.5, -1, 2] }, scale: { floats: [0.1, 0.3, 7] } },
  };

  it('leave to ONNX Runtime what stands before and behind them', async () => {
    const trees = [comb(0, [-0.1, 0, 0.05]), comb(1, [0, 0.3, 0.7]), comb(2, [-20, 0.1])];
    const nodes = [
      scaler,
      ensembleNode({ trees }, 'scaled', 'sum'),
      { inputs: ['sum'], outputs: ['y'], operator: 'Neg' },
    ];
    const x = Array.from({ length: 3 * 100 }, (_, i) => ((i * 37) % 100) / 25 - 2);
    await expectSame(await both(graphModel(nodes, 'y')), x);
  });

  it.each<[string, () => Uint8Array]>([
    [
      'there are several ensembles of them',
      () =>
        graphModel([ensembleNode({ trees: [comb(0, [1])] }), ensembleNode({ trees: [comb(0, [1])] }, 'x', 'z')], 'y'),
    ],
    [
      'the score is made of more than them',
      () =>
        graphModel(
          [
            ensembleNode({ trees: [comb(0, [1])] }, 'x', 'sum'),
            { inputs: ['sum', 'x'], outputs: ['y'], operator: 'Add' },
          ],
          'y',
        ),
    ],
    [
      'the score is not made of them',
      () =>
        graphModel(
          [ensembleNode({ trees: [comb(0, [1])] }, 'x', 'z'), { inputs: ['x'], outputs: ['y'], operator: 'Neg' }],
          'y',
        ),
    ],
    [
      'the score is made of their label',
      () =>
        graphModel(
          [
            ensembleNode({ classes: 3, trees: [split(0, 1, leaf(1, 2, 3), leaf(3, 2, 1))] }, 'x', 'p'),
            { inputs: ['label'], outputs: ['cast'], operator: 'Cast', attributes: { to: { int: 1 } } },
            { inputs: ['cast', 'p'], outputs: ['y'], operator: 'Add' },
          ],
          'y',
        ),
    ],
    [
      'one has more than 128 leaves',
      () =>
        treeModel({
          trees: [
            comb(
              0,
              Array.from({ length: 128 }, (_, i) => i),
            ),
          ],
        }),
    ],
    [
      'they have tests of another kind (BRANCH_EQ)',
      () => treeModel({ trees: [split(0, 1, leaf(1), leaf(2), 'BRANCH_EQ')] }),
    ],
    [
      'they compare with a number that is not finite',
      () => treeModel({ trees: [split(0, Infinity, leaf(1), leaf(2))] }),
    ],
    ['they are put together by MAX', () => treeModel({ trees: [comb(0, [1])], aggregate: 'MAX' })],
    ['their sums are transformed', () => treeModel({ trees: [comb(0, [1])], post: 'LOGISTIC' })],
    ['their sums are transformed by PROBIT', () => treeModel({ trees: [comb(0, [1])], classes: 2, post: 'PROBIT' })],
    [
      'their two classes are of a form of their own',
      () => treeModel({ trees: [comb(0, [1])], classes: 2, post: 'LOGISTIC' }),
    ],
    ['their two classes are of a form of their own', () => treeModel({ trees: [comb(0, [1])], classes: 2, base: [1] })],
    [
      'their two classes are of a form of their own',
      () => treeModel({ trees: [comb(0, [1])], classes: 2, post: 'SOFTMAX' }),
    ],
    ['no tree adds to one of the classes', () => treeModel({ trees: [comb(0, [1])], classes: 3 })],
    ['a leaf adds nothing', () => treeModel({ trees: [split(0, 1, leaf(1), leaf())] })],
    ...[Infinity, -Infinity, NaN, 2e38].map((weight): [string, () => Uint8Array] => [
      'their weights are not finite, or too large to be added up',
      () => treeModel({ classes: 2, post: 'LOGISTIC', trees: [rareLeaf(leaf(weight))] }),
    ]),
    [
      'some leaves add to a target that others leave out',
      () => treeModel({ classes: 2, trees: [rareLeaf({ leaf: { 0: 1 } }, leaf(-1, 0.5))] }),
    ],
    [
      'some leaves add to a target that others leave out',
      () => treeModel({ targets: 2, trees: [rareLeaf({ leaf: { 1: 1 } }, leaf(1, 2))] }),
    ],
    ['no tree adds to one of the targets', () => treeModel({ targets: 2, trees: [{ leaf: { 1: 1 } }] })],
  ])('are none where %s', async (reason, model) => {
    // prettier-ignore
    await expect(both(model())).rejects.toThrow(reason);
  });

  it.each<[string, (sums: Float32Array) => void]>([
    ['one last bit', (sums) => (new Int32Array(sums.buffer)[999]! += 1)],
    ['the sign of a zero', (sums) => (sums[7] = -0)],
  ])('are not used where they differ in %s', async (_what, spoil) => {
    const trees = [comb(0, [1, 2, 3]), split(1, 1e38, leaf(-0.5), leaf(0))];
    const spoiling: typeof createTreeKernel = (...given) => {
      const kernel = createTreeKernel(...given);
      return {
        sums: (x, rows, width) => {
          const found = kernel.sums(x, rows, width);
          if (rows === 1000) spoil(found);
          return found;
        },
      };
    };
    await expect(both(treeModel({ trees }), FEATURES, spoiling)).rejects.toThrow('compiled, they answer otherwise');
    await both(treeModel({ trees }));
  });
});

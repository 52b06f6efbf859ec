import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { Answer, RunTensors } from '../../../../src/infer/fixed-batch.ts';
import { openPart } from '../../../../src/infer/onnx-run.ts';
import {
  GRAPH_NODE,
  MODEL_GRAPH,
  split as fieldsOf,
} from '../../../../src/onnx/protobuf-fields.ts';
import type { GraphNode } from '../../../../src/onnx/protobuf-onnx-file.ts';
import {
  compileTrees,
  MIN_ROWS,
  type CompiledTrees,
} from '../../../../src/infer/trees/compile-trees.ts';
import { createTreeKernel } from '../../../../src/infer/trees/kernel.ts';
import { leafCoveringRows } from '../../../../src/infer/trees/leaf-coverage.ts';
import { readEnsemble, type Tree } from '../../../../src/onnx/trees/tree-ensemble.ts';
import { matrix } from '../../../../src/infer/trees/matrix.ts';
import { readEnsembleNode } from '../../../../src/onnx/trees/protobuf-ensemble.ts';
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

async function both(
  model: Uint8Array,
  features = FEATURES,
  kernel = createTreeKernel,
): Promise<Both> {
  const { run, release } = await openPart(model, 'y', OPTIONS);
  releases.push(release);
  const sample = [matrix('x', new Float32Array(3 * features), 3)];
  const compiled = await compileTrees({
    model,
    output: 'y',
    sample,
    run,
    options: OPTIONS,
    kernel,
  });
  releases.push(compiled.release);
  return { runtime: run, compiled };
}

const bits = ({ data, rows, width }: Answer) => ({ rows, width, data: Array.from(data) });

async function expectSame(
  { runtime, compiled }: Both,
  x: readonly number[],
  features = FEATURES,
): Promise<void> {
  const rows = x.length / features;
  const tensor = [matrix('x', Float32Array.from(x), rows)];
  expect(bits(await compiled.run(tensor, rows))).toEqual(bits(await runtime(tensor, rows)));
}

const split = (
  feature: number,
  value: number,
  yes: GivenTree,
  no: GivenTree,
  mode = 'BRANCH_LEQ',
  missing = false,
): GivenTree => ({ mode, feature, value, missing, yes, no });
const leaf = (...weights: number[]): GivenTree => ({ leaf: Object.fromEntries(weights.entries()) });

/** Splits one after the other along one feature. */
function comb(feature: number, values: readonly number[]): GivenTree {
  return values.reduce<GivenTree>(
    (rest, value) => split(feature, value, leaf(value), rest),
    leaf(0.5),
  );
}

/** A tree with a leaf that hardly a row reaches. */
const rareLeaf = (rare: GivenTree, others: GivenTree = leaf(-1)): GivenTree =>
  Array.from({ length: 12 }, (_, i) => i).reduce(
    (rest, i) => split(i % FEATURES, 1 + i, others, rest),
    rare,
  );

/** All ways of `depth` tests. */
const fullTree = (depth: number, place = 1): GivenTree =>
  depth === 0
    ? leaf(Math.cos(place))
    : split(
        place % FEATURES,
        Math.sin(place * 7) * 2,
        fullTree(depth - 1, 2 * place),
        fullTree(depth - 1, 2 * place + 1),
        'BRANCH_LT',
        place % 5 === 0,
      );

/** The bytes of a model's only node. */
function firstNode(model: Uint8Array): Uint8Array {
  const graph = fieldsOf(model).find(({ number }) => number === MODEL_GRAPH)!;
  return fieldsOf(graph.body).find(({ number }) => number === GRAPH_NODE)!.body;
}

function leafOf({ root, features, thresholds, nanPasses, yes, no }: Tree, x: Float32Array): number {
  let at = root;
  while (at >= 0) {
    const value = x[features[at]!]!;
    at =
      value <= thresholds[at]! || (Number.isNaN(value) && nanPasses[at] === 1) ? yes[at]! : no[at]!;
  }
  return ~at;
}

/** By trying: each value is NaN, far below and above, or any threshold. */
function reachableLeaves(tree: Tree): Set<number> {
  const values = Array.from({ length: FEATURES }, (_, feature) => [
    NaN,
    1e30,
    ...tree.thresholds.filter((_t, i) => tree.features[i] === feature),
  ]);
  const met = new Set<number>();
  for (const a of values[0]!)
    for (const b of values[1]!)
      for (const c of values[2]!) met.add(leafOf(tree, Float32Array.of(a, b, c)));
  return met;
}

const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE'];
const THRESHOLDS = [-0, 0, 1e-45, -1e-45, 0.1, 1, -1, 1.5, 1e30].map(Math.fround);

/** Trees of up to some 30 leaves, each of which adds to all targets or all to one. */
function trees(targets: number): fc.Arbitrary<GivenTree[]> {
  const weight = fc.oneof(
    fc.integer({ min: -3000, max: 3000 }).map((value) => Math.fround(value / 1000)),
    fc.float({ noNaN: true, min: -3, max: 3 }),
  );
  const all = fc
    .array(weight, { minLength: targets, maxLength: targets })
    .map((weights) => leaf(...weights));
  const one = (target: number) => weight.map((value): GivenTree => ({ leaf: { [target]: value } }));
  const treeOf = (leaves: fc.Arbitrary<GivenTree>): fc.Arbitrary<GivenTree> =>
    fc.letrec<{ tree: GivenTree; split: GivenTree }>((tie) => ({
      tree: fc.oneof({ maxDepth: 5, depthSize: 'large' }, leaves, tie('split')),
      split: fc.record({
        mode: fc.constantFrom(...MODES),
        feature: fc.nat(FEATURES - 1),
        value: fc.oneof(
          fc.constantFrom(...THRESHOLDS),
          fc.float({ noNaN: true, noDefaultInfinity: true }),
        ),
        missing: fc.boolean(),
        yes: tie('tree'),
        no: tie('tree'),
      }),
    })).split;
  const whole = fc.array(treeOf(all), { minLength: 1, maxLength: 6 });
  const turns = fc.tuple(
    ...Array.from({ length: 2 * targets }, (_, i) => treeOf(one(i % targets))),
  );
  return fc.oneof(whole, turns);
}

const KINDS: readonly {
  readonly name: string;
  readonly targets: number;
  readonly given: Omit<GivenEnsemble, 'trees'>;
}[] = [
  { name: 'a sum', targets: 1, given: {} },
  { name: 'a sum with a base', targets: 1, given: { base: [0.1] } },
  { name: 'a mean', targets: 1, given: { aggregate: 'AVERAGE', base: [-1.7] } },
  { name: 'three sums', targets: 3, given: { targets: 3, base: [0.1, 0.2, -0.3] } },
  { name: 'one of two classes', targets: 1, given: { classes: 2, post: 'LOGISTIC' } },
  {
    name: 'one of two classes with a base',
    targets: 1,
    given: { classes: 2, post: 'LOGISTIC', base: [0.3] },
  },
  { name: 'one of two classes as it is', targets: 1, given: { classes: 2 } },
  {
    name: 'one of two classes with a base as it is',
    targets: 1,
    given: { classes: 2, base: [-0.3] },
  },
  { name: 'two classes', targets: 2, given: { classes: 2, post: 'LOGISTIC' } },
  { name: 'two classes as they are', targets: 2, given: { classes: 2 } },
  { name: 'three classes', targets: 3, given: { classes: 3, post: 'SOFTMAX', base: [1, 2, -3] } },
  { name: 'three logistic classes', targets: 3, given: { classes: 3, post: 'LOGISTIC' } },
];

describe('compiled trees', () => {
  it.each(KINDS)(
    'have the scores of ONNX Runtime, bit for bit: $name',
    async ({ targets, given }) => {
      const value = fc.oneof(
        fc.constantFrom(...THRESHOLDS, NaN, Infinity, -Infinity),
        fc.float({ min: Math.fround(-2), max: Math.fround(2) }),
      );
      const rows = fc
        .integer({ min: MIN_ROWS, max: 130 })
        .chain((count) =>
          fc.array(value, { minLength: count * FEATURES, maxLength: count * FEATURES }),
        );
      const property = fc.asyncProperty(trees(targets), rows, async (grown, x) => {
        // One weight below zero: without it, two classes may be something else.
        const more = targets === 1 && 'classes' in given ? [...grown, leaf(-0.25)] : grown;
        await expectSame(await both(treeModel({ ...given, trees: more })), x);
        for (const release of releases.splice(0)) await release();
      });
      await fc.assert(property, { numRuns: 25, endOnFailure: true });
    },
  );

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

  it('take trees of many leaves, beside small ones', async () => {
    const grown = [fullTree(9), comb(1, [0.5, 1]), fullTree(8), leaf(-0.125)];
    const pair = await both(treeModel({ classes: 2, post: 'LOGISTIC', trees: grown }));
    expect(pair.compiled.compared).toBeGreaterThan(1000);
    const x = Array.from({ length: 3 * 333 }, (_, i) => (i % 97 === 0 ? NaN : Math.sin(i) * 2));
    await expectSame(pair, x);
  });

  it('take rows of more features than a node of 8 bytes has places for', async () => {
    const features = 2100;
    const wide = (tree: GivenTree): GivenTree =>
      'leaf' in tree
        ? tree
        : { ...tree, feature: tree.feature * 700 + 650, yes: wide(tree.yes), no: wide(tree.no) };
    const pair = await both(treeModel({ trees: [wide(fullTree(8)), comb(2, [0.5])] }), features);
    const x = Array.from({ length: features * 300 }, (_, i) =>
      i % 89 === 0 ? NaN : Math.sin(i) * 2,
    );
    await expectSame(pair, x, features);
  });

  it('take categories: equality, also such that lead to one node', async () => {
    const is = (value: number, yes: GivenTree, no: GivenTree) =>
      split(1, value, yes, no, 'BRANCH_EQ', true);
    const isNot = split(0, 2, leaf(4), leaf(5), 'BRANCH_NEQ', true);
    const grown = [
      is(1, leaf(1), is(3, leaf(1), is(-0, isNot, leaf(3)))),
      split(2, 0, leaf(0.5), isNot),
    ];
    const x = Array.from(
      { length: 3 * 120 },
      (_, i) => [0, 1, 2, 3, -0, 1.5, NaN][(i * 5 + (i >> 3)) % 7]!,
    );
    await expectSame(await both(treeModel({ trees: grown })), x);
  });

  it('are compared on a row for every leaf that a row can reach', () => {
    const rare = rareLeaf(leaf(3));
    const node = readEnsembleNode(
      firstNode(treeModel({ trees: [rare, fullTree(6), split(0, 1, leaf(1), rare)] })),
    );
    const ensemble = readEnsemble(node);
    const x = [...leafCoveringRows(ensemble, FEATURES, () => 7)].flatMap((rows) => [...rows]);
    for (const tree of ensemble.trees) {
      const met = new Set<number>();
      for (let row = 0; row < x.length; row += FEATURES)
        met.add(leafOf(tree, Float32Array.from(x.slice(row, row + FEATURES))));
      const reachable = reachableLeaves(tree);
      expect(reachable.size).toBeGreaterThan(1);
      expect(met).toEqual(reachable);
    }
  });

  it('leave few rows to ONNX Runtime, which is sooner done with them', async () => {
    const { runtime, compiled } = await both(treeModel({ trees: [comb(0, [1, 2])] }));
    const asked = jest.fn<RunTensors>(runtime);
    const given = { model: treeModel({ trees: [comb(0, [1, 2])] }), output: 'y', options: OPTIONS };
    const { run, release } = await compileTrees({
      ...given,
      sample: [matrix('x', new Float32Array(9), 3)],
      run: asked,
    });
    releases.push(release);
    asked.mockClear();
    const few = MIN_ROWS - 1;
    await run([matrix('x', new Float32Array(3 * few), few)], few);
    expect(asked).toHaveBeenCalledTimes(1);
    await run([matrix('x', new Float32Array(3 * MIN_ROWS), MIN_ROWS)], MIN_ROWS);
    expect(asked).toHaveBeenCalledTimes(1);
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
      'the model has several tree ensembles',
      () =>
        graphModel(
          [
            ensembleNode({ trees: [comb(0, [1])] }),
            ensembleNode({ trees: [comb(0, [1])] }, 'x', 'z'),
          ],
          'y',
        ),
    ],
    [
      'the score does not depend on them alone',
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
      'the score does not depend on them',
      () =>
        graphModel(
          [
            ensembleNode({ trees: [comb(0, [1])] }, 'x', 'z'),
            { inputs: ['x'], outputs: ['y'], operator: 'Neg' },
          ],
          'y',
        ),
    ],
    [
      'the score depends on their label',
      () =>
        graphModel(
          [
            ensembleNode(
              { classes: 3, trees: [split(0, 1, leaf(1, 2, 3), leaf(3, 2, 1))] },
              'x',
              'p',
            ),
            {
              inputs: ['label'],
              outputs: ['cast'],
              operator: 'Cast',
              attributes: { to: { int: 1 } },
            },
            { inputs: ['cast', 'p'], outputs: ['y'], operator: 'Add' },
          ],
          'y',
        ),
    ],
    [
      'a tree is deeper than 128 tests',
      () =>
        treeModel({
          trees: [
            comb(
              0,
              Array.from({ length: 129 }, (_, i) => i),
            ),
          ],
        }),
    ],
    [
      'they compare with a number that is not finite',
      () => treeModel({ trees: [split(0, Infinity, leaf(1), leaf(2))] }),
    ],
    [
      'their aggregate_function is MAX',
      () => treeModel({ trees: [comb(0, [1])], aggregate: 'MAX' }),
    ],
    [
      'their post_transform is LOGISTIC',
      () => treeModel({ trees: [comb(0, [1])], post: 'LOGISTIC' }),
    ],
    [
      'their post_transform is PROBIT',
      () => treeModel({ trees: [comb(0, [1])], classes: 2, post: 'PROBIT' }),
    ],
    [
      'their two classes have an unusual form',
      () => treeModel({ trees: [comb(0, [1])], classes: 2, post: 'LOGISTIC' }),
    ],
    [
      'their two classes have an unusual form',
      () => treeModel({ trees: [comb(0, [1])], classes: 2, base: [1] }),
    ],
    [
      'their two classes have an unusual form',
      () => treeModel({ trees: [comb(0, [1])], classes: 2, post: 'SOFTMAX' }),
    ],
    [
      'one of the classes gets no weight from any tree',
      () => treeModel({ trees: [comb(0, [1])], classes: 3 }),
    ],
    ['a leaf has no weight', () => treeModel({ trees: [split(0, 1, leaf(1), leaf())] })],
    ...[Infinity, -Infinity, NaN, 2e38].map((weight): [string, () => Uint8Array] => [
      'their weights are not finite or too large to be added',
      () => treeModel({ classes: 2, post: 'LOGISTIC', trees: [rareLeaf(leaf(weight))] }),
    ]),
    [
      'a target gets weights from some leaves only',
      () => treeModel({ classes: 2, trees: [rareLeaf({ leaf: { 0: 1 } }, leaf(-1, 0.5))] }),
    ],
    [
      'a target gets weights from some leaves only',
      () => treeModel({ targets: 2, trees: [rareLeaf({ leaf: { 1: 1 } }, leaf(1, 2))] }),
    ],
    [
      'one of the targets gets no weight from any tree',
      () => treeModel({ targets: 2, trees: [{ leaf: { 1: 1 } }] }),
    ],
  ])('are none where %s', async (reason, model) => {
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
    await expect(both(treeModel({ trees }), FEATURES, spoiling)).rejects.toThrow(
      'the compiled trees return other scores',
    );
    await both(treeModel({ trees }));
  });
});

import { columnSources } from '../../../src/onnx/column-sources.ts';
import { FLOAT, INT64, onnxFile, type GraphNode } from '../../../src/onnx/protobuf-onnx-file.ts';

const WIDTHS = new Map([
  ['a', 2],
  ['b', 1],
]);
const WEIGHTS = [
  { name: 'matrix', dims: [2, 3], values: [1, 0, 0, 0, 1, 0] },
  { name: 'three', dims: [1, 3], values: [1, 2, 3] },
  { name: 'one', dims: [1], values: [1] },
];

/** For each column of `y`, the inputs with their columns that it depends on: `a0 b0`. */
function sourcesOf(nodes: readonly GraphNode[], width: number): readonly string[] {
  const model = onnxFile({
    nodes,
    weights: WEIGHTS,
    inputs: ['a', 'b'].map((name) => ({ name, type: FLOAT, columns: WIDTHS.get(name)! })),
    outputs: [{ name: 'y', type: FLOAT, columns: 'any' }],
  });
  return columnSources(model, 'y', WIDTHS)
    .of(width)
    .map((sources) => sources.map(({ input, column }) => `${input}${column}`).join(' '));
}

const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: GraphNode['attributes'] = {},
): GraphNode => ({ operator, inputs, outputs: [output], attributes });

it.each<readonly [string, readonly GraphNode[], readonly string[]]>([
  ['a step for each number', [node('Scaler', ['a'], 's'), node('Cast', ['s'], 'y')], ['a0', 'a1']],
  [
    'columns beside each other',
    [node('Concat', ['b', 'a'], 'y', { axis: { int: 1 } })],
    ['b0', 'a0', 'a1'],
  ],
  [
    'one-hot columns',
    [
      node('OneHotEncoder', ['a'], 'o', { cats_int64s: { ints: [1, 2] } }),
      node('Reshape', ['o', 'one'], 'r'),
      node('Concat', ['r', 'b'], 'y', { axis: { int: -1 } }),
    ],
    ['a0', 'a0', 'a1', 'a1', 'b0'],
  ],
  ['numbers in the same place', [node('Add', ['a', 'b'], 'y')], ['a0 b0', 'a1 b0']],
  [
    'one number against several constants',
    [node('Equal', ['b', 'three'], 'y')],
    ['b0', 'b0', 'b0'],
  ],
  ['a matrix', [node('MatMul', ['a', 'matrix'], 'y')], ['a0 a1', 'a0 a1', 'a0 a1']],
  ['an operator that is not known', [node('Mystery', ['a', 'b'], 'y')], ['a0 a1 b0', 'a0 a1 b0']],
  [
    'columns beside each other in another direction',
    [node('Concat', ['a', 'a'], 'y', { axis: { int: 0 } })],
    ['a0 a1', 'a0 a1'],
  ],
  [
    'a number of columns that is not the one of the tensor',
    [node('Scaler', ['a'], 'y')],
    ['a0 a1', 'a0 a1', 'a0 a1'],
  ],
])('%s', (_name, nodes, expected) => {
  expect(sourcesOf(nodes, expected.length)).toEqual(expected);
});

it('names only the inputs that the tensor needs', () => {
  const model = onnxFile({
    nodes: [node('Scaler', ['b'], 'y')],
    inputs: ['a', 'b'].map((name) => ({ name, type: INT64, columns: 1 })),
    outputs: [{ name: 'y', type: FLOAT, columns: 'any' }],
  });
  expect(columnSources(model, 'y', WIDTHS).inputs).toEqual(['b']);
});

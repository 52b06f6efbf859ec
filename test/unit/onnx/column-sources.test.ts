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
  { name: 'last', dims: [1], values: [-1] },
  { name: 'scalar', dims: [], values: [1] },
  { name: 'rows', dims: [2], values: [-1, 4] },
  { name: 'rest', dims: [2], values: [0, -1] },
  { name: 'halves', dims: [2], values: [-1, 1] },
  { name: 'some', dims: [2], values: [2, 0] },
  { name: 'table', dims: [9, 2], values: new Array<number>(18).fill(0) },
];
const along = (axis: number): GraphNode['attributes'] => ({ axis: { int: axis } });

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
      node('Reshape', ['o', 'rows'], 'r'),
      node('Concat', ['r', 'b'], 'y', { axis: { int: -1 } }),
    ],
    ['a0', 'a0', 'a1', 'a1', 'b0'],
  ],
  [
    // torch.stack(…, -1), then one row of all: the numbers alternate
    'tensors that are stacked along a new last axis',
    [
      node('Unsqueeze', ['a', 'last'], 'u'),
      node('Neg', ['u'], 'v'),
      node('Add', ['u', 'b3'], 'w'),
      node('Concat', ['v', 'w'], 'c', along(-1)),
      node('Reshape', ['c', 'rest'], 'y'),
      node('Unsqueeze', ['b', 'last'], 'b3'),
    ],
    ['a0', 'a0 b0', 'a1', 'a1 b0'],
  ],
  [
    'tensors that are stacked along a new axis before the last one',
    [
      node('Unsqueeze', ['a', 'one'], 'u'),
      node('Concat', ['u', 'u'], 'c', along(1)),
      node('Flatten', ['c'], 'y'),
    ],
    ['a0', 'a1', 'a0', 'a1'],
  ],
  [
    'one-hot columns without the first one of each',
    [
      node('OneHotEncoder', ['a'], 'o', { cats_int64s: { ints: [1, 2, 3] } }),
      node('Gather', ['o', 'some'], 'g', along(-1)),
      node('Reshape', ['g', 'rows'], 'y'),
    ],
    ['a0', 'a0', 'a1', 'a1'],
  ],
  [
    'one column of each kind, and the axis is gone',
    [
      node('OneHotEncoder', ['a'], 'o', { cats_int64s: { ints: [1, 2, 3] } }),
      node('Gather', ['o', 'scalar'], 'y', along(1)),
    ],
    ['a1', 'a1', 'a1'],
  ],
  [
    'rows of a table by numbers',
    [node('Gather', ['table', 'a'], 'e'), node('Flatten', ['e'], 'y')],
    ['a0', 'a0', 'a1', 'a1'],
  ],
  [
    'the largest of some columns',
    [
      node('Concat', ['a', 'b'], 'c', along(1)),
      node('ArgMax', ['c'], 'm', along(1)),
      node('Concat', ['m', 'b'], 'y', along(-1)),
    ],
    ['a0 a1 b0', 'b0'],
  ],
  [
    'the largest of each kind, without the axis',
    [
      node('Unsqueeze', ['a', 'last'], 'u'),
      node('Concat', ['u', 'u'], 'c', along(2)),
      node('ArgMax', ['c'], 'y', { ...along(-1), keepdims: { int: 0 } }),
    ],
    ['a0', 'a1'],
  ],
  [
    'an axis that comes and goes',
    [
      node('Unsqueeze', ['a', 'one'], 'u'),
      node('Squeeze', ['u', 'one'], 's'),
      node('Concat', ['s', 'b'], 'y', along(1)),
    ],
    ['a0', 'a1', 'b0'],
  ],
  [
    'a shape in which numbers of other rows come into a row',
    [
      node('Reshape', ['a', 'halves'], 'r'),
      node('Scaler', ['r'], 's'),
      node('Concat', ['s', 's'], 'y', along(1)),
    ],
    ['a0 a1', 'a0 a1'],
  ],
  ['the largest of all rows', [node('ArgMax', ['a'], 'y', along(0))], ['a0 a1', 'a0 a1']],
  [
    'columns beside a constant',
    [node('Concat', ['a', 'three'], 'y', along(1))],
    ['a0 a1', 'a0 a1', 'a0 a1', 'a0 a1', 'a0 a1'],
  ],
  [
    'a constant with more dimensions than the columns',
    [node('Add', ['b', 'table'], 'y')],
    ['b0', 'b0'],
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

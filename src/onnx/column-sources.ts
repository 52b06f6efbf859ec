import { readGraph, type GraphNode, type ReadGraph } from './protobuf-nodes.ts';

/** A column of an input that a number is computed from. */
export interface Source {
  readonly input: string;
  readonly column: number;
}

export interface ColumnSources {
  /** The inputs that the tensor is computed from. */
  readonly inputs: readonly string[];
  /** For each column of the tensor, which has this many, what it is computed from at most. */
  readonly of: (width: number) => readonly (readonly Source[])[];
}

/** The sources of each column; `blur`: of any of its columns, however many there are. */
type List = readonly (readonly Source[])[];
type Columns = List | { readonly blur: readonly Source[] };

/**
 * What the columns of a tensor inside of a model are computed from, by the structure of the model.
 * Where an operator is not known, each of its numbers is taken to depend on all that it reads.
 * `widths`: numbers of a row, by input.
 */
export function columnSources(
  model: Uint8Array,
  tensor: string,
  widths: ReadonlyMap<string, number>,
): ColumnSources {
  const graph = readGraph(model);
  const known = new Map<string, Columns>();
  const columnsOf = (name: string): Columns => {
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, { blur: [] });
    const found = followed(name);
    known.set(name, found);
    return found;
  };
  const followed = (name: string): Columns => {
    if (graph.inputs.has(name)) {
      const count = widths.get(name) ?? 0;
      return Array.from({ length: count }, (_, column) => [{ input: name, column }]);
    }
    const node = graph.maker(name);
    return node === undefined ? [] : through(node, graph, columnsOf);
  };
  const columns = columnsOf(tensor);
  const fed = [...known.keys()].filter((name) => graph.inputs.has(name));
  return {
    inputs: fed,
    of: (width) => {
      if (!('blur' in columns) && columns.length === width) return columns;
      return new Array<readonly Source[]>(width).fill(allOf([columns]));
    },
  };
}

/** Operators that make one number of one number, in its place. */
const ONE_BY_ONE = new Set([
  'Identity',
  'Cast',
  'Scaler',
  'Imputer',
  'LabelEncoder',
  'CategoryMapper',
  'Binarizer',
  'Log',
  'Exp',
  'Sqrt',
  'Abs',
  'Neg',
  'Clip',
  'Floor',
  'Ceil',
  'Round',
  'Relu',
  'Sigmoid',
  'Tanh',
  'IsNaN',
  'Not',
  'Reciprocal',
  'Sign',
  'Dropout',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
]);

/** Operators that combine the numbers in the same place. */
const IN_PLACE = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Equal',
  'Less',
  'LessOrEqual',
  'Greater',
  'GreaterOrEqual',
  'And',
  'Or',
  'Xor',
  'Max',
  'Min',
  'Where',
]);

function through(node: GraphNode, graph: ReadGraph, columnsOf: (name: string) => Columns): Columns {
  const { operator, inputs, attribute } = node;
  const variable = inputs.filter((name) => !graph.isConstant(name));
  const values = variable.map(columnsOf);
  const blurred = { blur: allOf(values) };
  const lists = values.filter((value): value is List => !('blur' in value));
  const [first] = values;
  if (lists.length < values.length || first === undefined || 'blur' in first) return blurred;
  if (ONE_BY_ONE.has(operator)) return values.length === 1 ? first : blurred;
  if (IN_PLACE.has(operator)) {
    const constants = inputs.filter((name) => name !== '' && graph.isConstant(name));
    const sizes = constants.map((name) => graph.constant(name)?.dims.at(-1) ?? 1);
    return inPlace(lists, sizes) ?? blurred;
  }
  if (operator === 'FeatureVectorizer') return lists.flat();
  if (operator === 'Concat') {
    const axis = attribute('axis')?.i;
    return axis === 1 || axis === -1 ? lists.flat() : blurred;
  }
  if (operator === 'OneHotEncoder') {
    const count =
      (attribute('cats_int64s')?.ints.length ?? 0) +
      (attribute('cats_strings')?.strings.length ?? 0);
    return first.flatMap((sources) => new Array<readonly Source[]>(count).fill(sources));
  }
  if (
    operator === 'ArrayFeatureExtractor' ||
    (operator === 'Gather' && attribute('axis')?.i === 1)
  ) {
    const chosen = graph.constant(inputs[1]!)?.numbers;
    if (chosen === undefined || values.length > 1) return blurred;
    const at = (i: number): number => (i < 0 ? i + first.length : i);
    return Array.from(chosen, (i) => first[at(i)] ?? []);
  }
  return blurred;
}

/** Lists of the same length, or of one column that meets all others. */
function inPlace(lists: readonly List[], sizes: readonly number[]): Columns | undefined {
  const width = Math.max(...lists.map(({ length }) => length), ...sizes);
  const fits = [...lists.map(({ length }) => length), ...sizes].every(
    (size) => size === 1 || size === width,
  );
  if (!fits) return undefined;
  return Array.from({ length: width }, (_, i) =>
    allOf(lists.map((list) => [list[list.length === 1 ? 0 : i]!])),
  );
}

/** Each source once. */
function allOf(values: readonly Columns[]): readonly Source[] {
  const all = new Map<string, Source>();
  for (const value of values)
    for (const source of 'blur' in value ? value.blur : value.flat())
      all.set(`${source.column} ${source.input}`, source);
  return [...all.values()];
}

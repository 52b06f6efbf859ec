import { blurOf, laid, sizeOf, union, type Columns, type Laid, type Sources } from './columns.ts';
import type { GraphNode, ReadGraph } from './protobuf-nodes.ts';

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

interface Step {
  readonly node: GraphNode;
  readonly graph: ReadGraph;
  /** The inputs that are no constants. */
  readonly given: readonly Laid[];
}

/** What a step makes; undefined: nobody knows which of its numbers is where. */
type Rule = (step: Step) => Columns | undefined;

const OF_ONE: Readonly<Record<string, Rule>> = {
  Reshape: reshaped,
  Flatten: ({ node, given: [one] }) =>
    (node.attribute('axis')?.i ?? 1) === 1 ? laid([one!.sources.length], one!.sources) : undefined,
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  OneHotEncoder: oneHot,
  ArrayFeatureExtractor: (step) => taken(step, -1),
  Gather: gathered,
  ArgMax: combined,
  ArgMin: combined,
};

const OF_SEVERAL: Readonly<Record<string, Rule>> = {
  Concat: ({ node, given }) => {
    const axis = node.attribute('axis')?.i;
    return axis === undefined || given.length < node.inputs.length
      ? undefined
      : beside(given, axis);
  },
  FeatureVectorizer: ({ given }) => beside(given, 1),
};

/**
 * What the numbers of a row behind a node are computed from. The first dimension of every tensor is
 * the batch. A blur is what an unknown operator makes, and one that moves numbers between rows.
 */
export function columnsOfNode(
  node: GraphNode,
  graph: ReadGraph,
  columnsOf: (name: string) => Columns,
): Columns {
  const values = node.inputs.filter((name) => !graph.isConstant(name)).map(columnsOf);
  const given = values.filter((value): value is Laid => !('blur' in value));
  const isKnown = given.length > 0 && given.length === values.length;
  const found = isKnown ? ruleOf(node.operator, given.length)?.({ node, graph, given }) : undefined;
  return found ?? blurOf(values);
}

function ruleOf(operator: string, count: number): Rule | undefined {
  if (IN_PLACE.has(operator)) return inPlace;
  if (Object.hasOwn(OF_SEVERAL, operator)) return OF_SEVERAL[operator];
  if (count > 1) return undefined;
  if (ONE_BY_ONE.has(operator)) return ({ given: [one] }) => one;
  return Object.hasOwn(OF_ONE, operator) ? OF_ONE[operator] : undefined;
}

/** The place of an axis among the dimensions of a row; undefined for that of the batch. */
function placeOf(axis: number, rank: number): number | undefined {
  const place = (axis < 0 ? axis + rank : axis) - 1;
  return place >= 0 && place < rank - 1 ? place : undefined;
}

const rankOf = ({ shape }: Laid): number => shape.length + 1;

/** Numbers of other places: for each new place, the old one. */
const picked = (one: Laid, shape: readonly number[], places: readonly number[]): Columns =>
  laid(
    shape,
    places.map((place) => one.sources[place]!),
  );

/** Broadcast as ONNX does it: dimensions are compared from the last one on. */
function inPlace({ node, graph, given }: Step): Columns | undefined {
  const rank = rankOf(given[0]!);
  if (given.some((one) => rankOf(one) !== rank)) return undefined;
  const shapes = given.map(({ shape }) => shape);
  for (const name of node.inputs.filter((one) => one !== '' && graph.isConstant(one))) {
    const dims = graph.dims(name);
    // a constant with a number for each row of the batch has nothing to do with columns
    if (dims === undefined || dims.length > rank || (dims.length === rank && dims[0] !== 1))
      return undefined;
    const row = dims.length === rank ? dims.slice(1) : dims;
    shapes.push([...new Array<number>(rank - 1 - row.length).fill(1), ...row]);
  }
  const shape = shapes[0]!.map((_, i) => Math.max(...shapes.map((one) => one[i]!)));
  if (shapes.some((one) => one.some((size, i) => size !== 1 && size !== shape[i])))
    return undefined;
  const all = Array.from({ length: sizeOf(shape) }, (_, place): Sources =>
    union(given.map((one) => one.sources[broadcastPlace(place, shape, one.shape)]!)),
  );
  return laid(shape, all);
}

/** Where the number is that meets a place of the larger shape. */
function broadcastPlace(place: number, shape: readonly number[], own: readonly number[]): number {
  let [rest, at, step] = [place, 0, 1];
  for (let i = shape.length - 1; i >= 0; i--) {
    if (own[i] !== 1) at += (rest % shape[i]!) * step;
    step *= own[i]!;
    rest = Math.floor(rest / shape[i]!);
  }
  return at;
}

/** Along one axis, beside each other. */
function beside(given: readonly Laid[], axis: number): Columns | undefined {
  const [first] = given;
  const rank = rankOf(first!);
  const place = placeOf(axis, rank);
  if (place === undefined || given.some((one) => rankOf(one) !== rank)) return undefined;
  const { shape } = first!;
  const before = sizeOf(shape.slice(0, place));
  const all: Sources[] = [];
  for (let i = 0; i < before; i++)
    for (const { sources } of given) {
      const size = sources.length / before;
      all.push(...sources.slice(i * size, (i + 1) * size));
    }
  const size = given.reduce((sum, one) => sum + one.shape[place]!, 0);
  return laid(shape.with(place, size), all);
}

function reshaped({ node, graph, given: [one] }: Step): Columns | undefined {
  const [batch, ...row] = graph.constant(node.inputs[1] ?? '')?.numbers ?? [];
  if (batch === undefined) return undefined;
  const sizes = row.map((size, i) => (size === 0 ? (one!.shape[i] ?? 0) : size));
  // behind an open batch, numbers of other rows may come into a row
  if (sizes.includes(-1) && batch !== 0) return undefined;
  const rest = one!.sources.length / sizeOf(sizes.filter((size) => size !== -1));
  const shape = sizes.map((size) => (size === -1 ? rest : size));
  return sizeOf(shape) === one!.sources.length ? laid(shape, one!.sources) : undefined;
}

/** The axes of a step, from an attribute or (in later versions of ONNX) an input. */
function axesOf({ node, graph }: Step, rank: number): readonly (number | undefined)[] {
  const axes = node.attribute('axes')?.ints ?? [];
  const given = axes.length > 0 ? axes : (graph.constant(node.inputs[1] ?? '')?.numbers ?? []);
  return Array.from(given, (axis) => placeOf(axis, rank));
}

function squeezed(step: Step): Columns | undefined {
  const [one] = step.given as [Laid];
  const places = axesOf(step, rankOf(one));
  if (places.length === 0 || places.includes(undefined)) return undefined;
  return laid(
    one.shape.filter((_, i) => !places.includes(i)),
    one.sources,
  );
}

function unsqueezed(step: Step): Columns | undefined {
  const [one] = step.given as [Laid];
  const given = axesOf(step, Infinity).length;
  const places = axesOf(step, rankOf(one) + given);
  if (given === 0 || places.includes(undefined)) return undefined;
  const old = one.shape.values();
  const shape = Array.from({ length: one.shape.length + given }, (_, i) =>
    places.includes(i) ? 1 : old.next().value!,
  );
  return laid(shape, one.sources);
}

function oneHot({ node, given: [one] }: Step): Columns {
  const count =
    (node.attribute('cats_int64s')?.ints.length ?? 0) +
    (node.attribute('cats_strings')?.strings.length ?? 0);
  return laid(
    [...one!.shape, count],
    one!.sources.flatMap((sources) => new Array<Sources>(count).fill(sources)),
  );
}

function gathered(step: Step): Columns | undefined {
  const { node, graph, given } = step;
  const axis = node.attribute('axis')?.i ?? 0;
  if (!graph.isConstant(node.inputs[0]!)) return taken(step, axis);
  // rows of a table (an embedding): each is chosen by one number
  const table = graph.dims(node.inputs[0]!)?.slice(1);
  if (axis !== 0 || table === undefined) return undefined;
  const [one] = given as [Laid];
  const size = sizeOf(table);
  return laid(
    [...one.shape, ...table],
    one.sources.flatMap((sources) => new Array<Sources>(size).fill(sources)),
  );
}

/** Chosen places along an axis. */
function taken({ node, graph, given: [one] }: Step, axis: number): Columns | undefined {
  const chosen = graph.constant(node.inputs[1] ?? '');
  const { shape } = one!;
  const place = placeOf(axis, rankOf(one!));
  if (chosen === undefined || chosen.dims.length > 1 || place === undefined) return undefined;
  const size = shape[place]!;
  const behind = sizeOf(shape.slice(place + 1));
  const before = sizeOf(shape.slice(0, place));
  const indexes = Array.from(chosen.numbers, (i) => (i < 0 ? i + size : i));
  if (indexes.some((i) => i >= size)) return undefined;
  const places: number[] = [];
  for (let outer = 0; outer < before; outer++)
    for (const i of indexes)
      for (let inner = 0; inner < behind; inner++) places.push((outer * size + i) * behind + inner);
  const isOne = chosen.dims.length === 0 && node.operator === 'Gather';
  const left = isOne ? shape.toSpliced(place, 1) : shape.with(place, indexes.length);
  return picked(one!, left, places);
}

/** One number of all along an axis. */
function combined({ node, given: [one] }: Step): Columns | undefined {
  const { shape, sources } = one!;
  const place = placeOf(node.attribute('axis')?.i ?? 0, rankOf(one!));
  if (place === undefined) return undefined;
  const size = shape[place]!;
  const behind = sizeOf(shape.slice(place + 1));
  const all = Array.from({ length: sources.length / size }, (_, at): Sources => {
    const start = Math.floor(at / behind) * size * behind + (at % behind);
    return union(Array.from({ length: size }, (_i, i) => sources[start + i * behind]!));
  });
  const isKept = (node.attribute('keepdims')?.i ?? 1) !== 0;
  return laid(isKept ? shape.with(place, 1) : shape.toSpliced(place, 1), all);
}

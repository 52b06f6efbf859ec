import { readGraph, type GraphNode, type ReadGraph } from './protobuf-nodes.ts';

/** A linear function inside of a model: `weights · x + bias`, once for each target. */
export interface LinearModel {
  /** The tensor with x. */
  readonly input: string;
  /** A model that computes it from the inputs; undefined if it is an input. */
  readonly front: Uint8Array | undefined;
  readonly targets: readonly LinearTarget[];
}

export interface LinearTarget {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** The model is not made of one linear function, or it is written in an unknown way. */
export class NotLinear extends Error {}

const LINEAR = new Set(['LinearClassifier', 'LinearRegressor', 'Gemm', 'MatMul']);

/**
 * The last linear function before an output. What comes behind it is for the caller to test: only
 * the scores show whether it is a logistic function, or more. Throws `NotLinear`.
 */
export function readLinear(model: Uint8Array, output: string): LinearModel {
  const graph = readGraph(model);
  const found = new Set<GraphNode>();
  const seen = new Set<string>();
  const search = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const node = graph.maker(name);
    if (node === undefined) return;
    if (LINEAR.has(node.operator)) found.add(node);
    else node.inputs.forEach(search);
  };
  search(output);
  const [node, ...more] = found;
  if (node === undefined) throw new NotLinear('the model has no linear function');
  if (more.length > 0) throw new NotLinear('the score is made of several linear functions');
  if ([...seen].some((name) => graph.inputs.has(name)))
    throw new NotLinear('the score does not depend on its linear function alone');
  const input = node.inputs[0]!;
  return {
    input,
    front: graph.inputs.has(input) ? undefined : graph.frontOf(input),
    targets: targetsOf(node, graph),
  };
}

function targetsOf(node: GraphNode, graph: ReadGraph): readonly LinearTarget[] {
  return node.operator.startsWith('Linear') ? ofAttributes(node) : ofMatrix(node, graph);
}

function ofAttributes({ attribute }: GraphNode): readonly LinearTarget[] {
  const weights = attribute('coefficients')?.floats ?? [];
  const biases = attribute('intercepts')?.floats ?? [];
  const targets = attribute('targets')?.i;
  const count = targets === undefined || targets === 0 ? Math.max(1, biases.length) : targets;
  if (weights.length === 0 || weights.length % count !== 0)
    throw new NotLinear('the number of its weights does not fit');
  const width = weights.length / count;
  return Array.from({ length: count }, (_, target) => ({
    weights: Float64Array.from(weights.slice(target * width, (target + 1) * width)),
    bias: biases[target] ?? 0,
  }));
}

function ofMatrix(node: GraphNode, graph: ReadGraph): readonly LinearTarget[] {
  const matrix = graph.constant(node.inputs[1] ?? '');
  if (matrix?.dims.length !== 2) throw new NotLinear('its weights are not a constant matrix');
  const isGemm = node.operator === 'Gemm';
  const number = (name: string): number => node.attribute(name)?.f ?? 1;
  if (isGemm && (node.attribute('transA')?.i ?? 0) !== 0)
    throw new NotLinear('its rows and columns are exchanged');
  const turned = isGemm && node.attribute('transB')?.i === 1;
  const [rows, columns] = matrix.dims as [number, number];
  const [width, count] = turned ? [columns, rows] : [rows, columns];
  const alpha = isGemm ? number('alpha') : 1;
  const added = isGemm ? graph.constant(node.inputs[2] ?? '')?.numbers : addedTo(node, graph);
  const beta = isGemm ? number('beta') : 1;
  return Array.from({ length: count }, (_, target) => ({
    weights: Float64Array.from(
      { length: width },
      (_w, i) => alpha * matrix.numbers[turned ? target * width + i : i * count + target]!,
    ),
    bias: beta * (added?.[added.length === 1 ? 0 : target] ?? 0),
  }));
}

/** The constant that is added to the product. */
function addedTo({ outputs }: GraphNode, graph: ReadGraph): Float64Array | undefined {
  const add = graph.nodes.find(
    ({ operator, inputs }) => operator === 'Add' && inputs.includes(outputs[0]!),
  );
  const other = add?.inputs.find((name) => name !== outputs[0]);
  return other === undefined ? undefined : graph.constant(other)?.numbers;
}

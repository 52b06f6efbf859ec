import { columnsOfNames } from './label-order.ts';
import { producersOf, type OnnxGraph, type OnnxNode } from '../onnx/protobuf-onnx.ts';

/**
 * Class names, and the node that has them: a classifier, or a node that looks up a name by the
 * index of the class.
 */
export interface Named {
  readonly names: readonly string[];
  readonly by: OnnxNode;
}

/**
 * The names of the classes whose probabilities are in a tensor of `width` columns, if the model has
 * them: those of the label output that is computed from the same numbers, or those of the
 * classifier behind the tensor. A model may have several heads, and names of one head do not apply
 * to another. Undefined if it is not clear which name belongs to which column.
 */
export function classNames(
  graph: OnnxGraph,
  tensor: string,
  width: number,
): readonly string[] | undefined {
  const named = namedClasses(graph, tensor, width);
  return named && columnsOfNames(graph, tensor, named);
}

/**
 * A string output that is computed from the same numbers as the tensor: its label, whether the
 * names are found or not.
 */
export function textLabel(
  graph: OnnxGraph,
  tensor: string,
  texts: readonly string[],
): string | undefined {
  const own = ancestors(graph, tensor, isHead);
  return texts.find((label) => ancestors(graph, label).some((node) => own.includes(node)));
}

/** `ends`: where the search for the names of a label stops. */
export function namedClasses(
  graph: OnnxGraph,
  tensor: string,
  count: number,
  ends?: (node: OnnxNode) => boolean,
): Named | undefined {
  const fits = (names: readonly string[] | undefined): names is readonly string[] =>
    names?.length === count && new Set(names).size === count;
  const own = ancestors(graph, tensor, isHead);
  for (const label of graph.outputs.filter((output) => output !== tensor)) {
    const nodes = ancestors(graph, label, ends);
    if (!own.some((node) => nodes.includes(node))) continue;
    const near = new Set(ancestors(graph, label, isHead));
    const named = labelNames(graph, nodes, fits, (node) => !near.has(node));
    if (named !== undefined) return named;
  }
  for (const by of own) {
    const { classes: names } = by;
    if (fits(names)) return { names, by };
  }
  return undefined;
}

/** The possible names of a label output, in the order of the columns. */
function labelNames(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  fits: (names: readonly string[] | undefined) => names is readonly string[],
  isBehindHead: (node: OnnxNode) => boolean,
): Named | undefined {
  const renamed: ReadonlyMap<string, string>[] = [];
  let encoder: OnnxNode | undefined;
  const through = (names: readonly string[]): readonly (string | undefined)[] =>
    renamed.reduceRight<readonly (string | undefined)[]>(
      (list, map) => list.map((name) => map.get(name ?? '')),
      names,
    );
  for (const node of nodes) {
    const names = node.classes ?? lookedUpIn(graph, node) ?? chosenBetween(graph, node);
    if (fits(names)) {
      const last = through(names);
      return last.every((name) => name !== undefined) ? { names: last, by: node } : undefined;
    }
    const map = node.renames();
    if (map === undefined) continue;
    renamed.push(map);
    encoder = node;
  }
  // Encoders can turn the index of the best class into its name by themselves.
  const last = through(Array.from({ length: renamed.at(-1)?.size ?? 0 }, (_, i) => String(i)));
  if (
    encoder === undefined ||
    isBehindHead(encoder) ||
    !last.every((name) => name !== undefined) ||
    !fits(last)
  )
    return undefined;
  return { names: last, by: encoder };
}

/**
 * `ArrayFeatureExtractor(classes, index)` and `Gather(classes, index)` turn the index of the best
 * class into its name.
 */
function lookedUpIn(
  graph: OnnxGraph,
  { operator, inputs }: OnnxNode,
): readonly string[] | undefined {
  if (operator !== 'ArrayFeatureExtractor' && operator !== 'Gather') return undefined;
  return inputs[0] === undefined ? undefined : constantOf(graph, inputs[0]);
}

/** `Where(condition, one, other)`: `other` if the condition is 0, `one` if it is 1. */
function chosenBetween(
  graph: OnnxGraph,
  { operator, inputs }: OnnxNode,
): readonly string[] | undefined {
  const [, one, other] = inputs;
  if (operator !== 'Where' || one === undefined || other === undefined) return undefined;
  const names = [constantOf(graph, other), constantOf(graph, one)];
  return names.every((list) => list?.length === 1) ? names.map((list) => list![0]!) : undefined;
}

const SHAPED = new Set(['Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Expand']);

/** The values of a constant, also if it is reshaped before it is used. */
function constantOf(graph: OnnxGraph, tensor: string): readonly string[] | undefined {
  let name = tensor;
  for (const makers = producersOf(graph); ;) {
    const found = graph.constant(name);
    const by = makers.get(name);
    if (found !== undefined || by === undefined || !SHAPED.has(by.operator)) return found;
    name = by.inputs[0] ?? '';
  }
}

/** Operators that change the meaning of the columns. */
const HEADS =
  /^(MatMul|Gemm|Conv|LSTM|GRU|RNN|Linear(Classifier|Regressor)|SVM(Classifier|Regressor)|TreeEnsemble\w*)$/;

export const isHead = ({ operator }: OnnxNode): boolean => HEADS.test(operator);

/** The nodes that compute a tensor, nearest first. `ends` tells where not to go further back. */
function ancestors(
  graph: OnnxGraph,
  tensor: string,
  ends?: (node: OnnxNode) => boolean,
): OnnxNode[] {
  const makers = producersOf(graph);
  const found = new Set<OnnxNode>();
  let names = [tensor];
  while (names.length > 0) {
    const nodes = new Set(
      names.map((name) => makers.get(name)).filter((node) => node !== undefined),
    );
    const next = [...nodes].filter((node) => !found.has(node));
    for (const node of next) found.add(node);
    names = next.flatMap((node) => (ends?.(node) === true ? [] : [...node.inputs]));
  }
  return [...found];
}

import type { OnnxGraph, OnnxNode } from './protobuf-onnx.ts';

/**
 * The names of the classes whose probabilities stand in a tensor of `width` columns, where the model has them: those of
 * the label output that is made of the same numbers, or those of the classifier that the tensor comes from. A model may have
 * several heads, and one of them names nothing in another.
 */
export function classNames(graph: OnnxGraph, tensor: string, width: number): readonly string[] | undefined {
  const fits = (names: readonly string[] | undefined): names is readonly string[] =>
    names?.length === width && new Set(names).size === width;
  const own = ancestors(graph, tensor, isHead);
  for (const label of graph.outputs.filter((output) => output !== tensor)) {
    const nodes = ancestors(graph, label);
    if (!own.some((node) => nodes.includes(node))) continue;
    const names = labelNames(graph, nodes, fits);
    if (names !== undefined) return names;
  }
  return own.map(({ classes }) => classes).find(fits);
}

/** The names that a label output may have, in the order of the columns. */
function labelNames(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  fits: (names: readonly string[] | undefined) => names is readonly string[],
): readonly string[] | undefined {
  const renamed: ReadonlyMap<string, string>[] = [];
  for (const node of nodes) {
    const names = node.classes ?? lookedUpIn(graph, node);
    if (fits(names)) {
      const last = renamed.reduceRight<readonly (string | undefined)[]>((list, map) => list.map((name) => map.get(name ?? '')), names); // prettier-ignore
      return last.every((name) => name !== undefined) ? last : undefined;
    }
    const map = node.renames();
    if (map !== undefined) renamed.push(map);
  }
  return undefined;
}

/** `ArrayFeatureExtractor(classes, index)` and `Gather(classes, index)` turn the index of the best class into its name. */
function lookedUpIn(graph: OnnxGraph, { operator, inputs }: OnnxNode): readonly string[] | undefined {
  if (operator !== 'ArrayFeatureExtractor' && operator !== 'Gather') return undefined;
  return inputs[0] === undefined ? undefined : graph.constant(inputs[0]);
}

/** Operators behind which columns are no longer those before. */
const HEADS =
  /^(MatMul|Gemm|Conv|LSTM|GRU|RNN|Linear(Classifier|Regressor)|SVM(Classifier|Regressor)|TreeEnsemble\w*)$/;

const isHead = ({ operator }: OnnxNode): boolean => HEADS.test(operator);

/** The nodes that a tensor is made by, nearest first; what is before a node where `ends` says so is left out. */
function ancestors(graph: OnnxGraph, tensor: string, ends?: (node: OnnxNode) => boolean): OnnxNode[] {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const found = new Set<OnnxNode>();
  let names = [tensor];
  while (names.length > 0) {
    const nodes = new Set(names.map((name) => makers.get(name)).filter((node) => node !== undefined));
    const next = [...nodes].filter((node) => !found.has(node));
    for (const node of next) found.add(node);
    names = next.flatMap((node) => (ends?.(node) === true ? [] : [...node.inputs]));
  }
  return [...found];
}

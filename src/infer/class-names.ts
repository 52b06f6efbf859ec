import type { OnnxGraph, OnnxNode } from './protobuf-onnx.ts';

/**
 * The names of the classes whose probabilities stand in a tensor of `width` columns, where the model has them: those
 * that a label output is looked up in, or those of the classifier that the tensor comes from.
 */
export function classNames(graph: OnnxGraph, tensor: string, width: number): readonly string[] | undefined {
  const labels = graph.outputs.filter((output) => output !== tensor);
  for (const output of [...labels, tensor]) {
    for (const node of ancestors(graph, output)) {
      const names = node.classes ?? lookedUpIn(graph, node);
      if (names?.length === width && new Set(names).size === width) return names;
    }
  }
  return undefined;
}

/** `ArrayFeatureExtractor(classes, index)` and `Gather(classes, index)` turn the index of the best class into its name. */
function lookedUpIn(graph: OnnxGraph, { operator, inputs }: OnnxNode): readonly string[] | undefined {
  if (operator !== 'ArrayFeatureExtractor' && operator !== 'Gather') return undefined;
  return inputs[0] === undefined ? undefined : graph.constant(inputs[0]);
}

/** The nodes that a tensor is made by, nearest first. */
function ancestors(graph: OnnxGraph, tensor: string): OnnxNode[] {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const found = new Set<OnnxNode>();
  let names = [tensor];
  while (names.length > 0) {
    const nodes = new Set(names.map((name) => makers.get(name)).filter((node) => node !== undefined));
    const next = [...nodes].filter((node) => !found.has(node));
    for (const node of next) found.add(node);
    names = next.flatMap(({ inputs }) => [...inputs]);
  }
  return [...found];
}

import type { OnnxGraph, OnnxNode } from '../../src/onnx/protobuf-onnx.ts';

/**
 * `operator(inputs) -> outputs`, with the names of classes, or what a LabelEncoder makes of texts.
 */
export function textNode(
  text: string,
  classes?: string[],
  renames?: Record<string, string>,
): OnnxNode {
  const [, operator, inputs, outputs] = /^(\w+)\((.*)\) -> (.*)$/.exec(text)!;
  const list = (names: string): string[] => names.split(', ');
  const map = renames && new Map(Object.entries(renames));
  return {
    operator: operator!,
    domain: '',
    inputs: list(inputs!),
    outputs: list(outputs!),
    classes,
    renames: () => map,
  };
}

/** A graph of such nodes. */
export function textGraph(
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
  constants: Readonly<Record<string, readonly string[]>>,
): OnnxGraph {
  return { nodes, outputs, constant: (name: string) => constants[name] } as unknown as OnnxGraph;
}

import {
  delimited,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  MODEL_GRAPH,
  split,
  valueName,
  withGraph,
  type Field,
} from './protobuf-fields.ts';
import { floatOutput, readNode, type OnnxNode } from './protobuf-onnx.ts';

/** An output that the file declares as a sequence of maps, and the tensor with the same numbers. */
export interface ZipMap {
  readonly output: string;
  readonly tensor: string;
  readonly classes: readonly string[];
}

export interface Unzipped {
  readonly zipMaps: readonly ZipMap[];
  /**
   * The model with the tensors as outputs instead of the maps. Everything else stays the same, byte
   * for byte.
   */
  readonly bytes: () => Uint8Array;
}

/**
 * Removes the ZipMaps at the end of a graph. Converters add one by default: it turns a row of class
 * probabilities into a map, for Python, and ONNX Runtime does not return maps in Node.js. The
 * tensor before it has the same numbers.
 */
export function withoutZipMaps(model: Uint8Array): Unzipped {
  const fields = split(model);
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  if (graph === undefined) return { zipMaps: [], bytes: () => model };
  const parts = split(graph.body);
  const zipMaps = parts
    .filter(({ number }) => number === GRAPH_NODE)
    .flatMap(({ body }) => zipMapOf(readNode(body)));
  return {
    zipMaps,
    bytes: () => (zipMaps.length === 0 ? model : withGraph(fields, rewrite(parts, zipMaps))),
  };
}

function rewrite(parts: readonly Field[], zipMaps: readonly ZipMap[]): Uint8Array[] {
  const removed = new Set(zipMaps.map(({ output }) => output));
  const isZipMap = ({ number, body }: Field): boolean =>
    number === GRAPH_NODE && zipMapOf(readNode(body)).length > 0;
  const outputs = parts
    .filter(({ number }) => number === GRAPH_OUTPUT)
    .map(({ body }) => valueName(body));
  const added = new Set(
    zipMaps.map(({ tensor }) => tensor).filter((tensor) => !outputs.includes(tensor)),
  );
  const kept = parts.filter(
    (field) =>
      !isZipMap(field) && !(field.number === GRAPH_OUTPUT && removed.has(valueName(field.body))),
  );
  const tensors = [...added].map((tensor) => delimited(GRAPH_OUTPUT, floatOutput(tensor)));
  return [...kept.map(({ whole }) => whole), ...tensors];
}

function zipMapOf(node: OnnxNode): ZipMap[] {
  const { operator, domain, inputs, outputs } = node;
  const [tensor] = inputs;
  const [output] = outputs;
  if (
    operator !== 'ZipMap' ||
    domain !== 'ai.onnx.ml' ||
    tensor === undefined ||
    output === undefined
  )
    return [];
  return [{ output, tensor, classes: node.classes ?? [] }];
}

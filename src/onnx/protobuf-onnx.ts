import protobuf from 'protobufjs/minimal.js';
import { readAttribute } from './protobuf-attribute.ts';
import { delimited } from './protobuf-fields.ts';
import {
  BYTES,
  inner,
  INT32,
  INT64_TEXT,
  many,
  messageReader,
  one,
  TEXT,
} from './protobuf-message.ts';

export interface OnnxNode {
  readonly operator: string;
  /** The domain of the operator; '' is ONNX itself. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** `classlabels_*`, if the operator is a classifier or a ZipMap. */
  readonly classes: readonly string[] | undefined;
  /** The output strings of a `LabelEncoder` for integers and strings. */
  readonly renames: () => ReadonlyMap<string, string> | undefined;
}

export interface OnnxGraph {
  /** Version of the operators, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** All nodes, including those of inner graphs (branches, loops). */
  readonly nodes: readonly OnnxNode[];
  readonly outputs: readonly string[];
  /** Domains whose operators the file defines itself. */
  readonly ownDomains: ReadonlySet<string>;
  /** The metadata of the exporter. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Files with the weights of the model, by the names in the model. */
  readonly externalFiles: readonly string[];
  /** Whether some of its numbers have 16 bits. */
  readonly halves: boolean;
  /** Strings that occur in the model: keys of encoders, categories, vocabularies; up to a limit. */
  readonly texts: readonly string[];
  /** Integers that its encoders know as categories, as strings; up to a limit. */
  readonly numbers: readonly string[];
  /** The values of a constant of strings or 64-bit integers, as strings. */
  readonly constant: (name: string) => readonly string[] | undefined;
}

// The parts of an ONNX file that scoring needs, with the field numbers of ONNX's protobuf schema.
// Large parts (weights, attributes of trees) stay bytes until they are needed. They are views of
// the file, not copies.
const entry = inner({ key: one(1, TEXT), value: one(2, TEXT) });
const readModel = messageReader({
  graph: one(7, BYTES),
  opset_import: many(8, inner({ domain: one(1, TEXT), version: one(2, INT64_TEXT) })),
  metadata_props: many(14, entry),
  functions: many(25, inner({ name: one(1, TEXT), domain: one(10, TEXT) })),
});
const readGraph = messageReader({
  node: many(1, BYTES),
  initializer: many(5, BYTES),
  output: many(12, inner({ name: one(1, TEXT) })),
});
const readNodeMessage = messageReader({
  input: many(1, TEXT),
  output: many(2, TEXT),
  op_type: one(4, TEXT),
  attribute: many(5, BYTES),
  domain: one(7, TEXT),
});
const readLabels = messageReader({
  s: one(4, BYTES),
  ints: many(8, INT64_TEXT),
  strings: many(9, TEXT),
});
const readHeader = messageReader({
  data_type: one(2, INT32),
  name: one(8, TEXT),
  external_data: many(13, entry),
  data_location: one(14, INT32),
});
const readTensor = messageReader({
  data_type: one(2, INT32),
  string_data: many(6, TEXT),
  int64_data: many(7, INT64_TEXT),
  raw_data: one(9, BYTES),
});

const INT64 = 7;
const STRING = 8;
const EXTERNAL = 1;
/** float16 and bfloat16. */
const HALVES = new Set([10, 16]);

/** The node that computes each tensor. */
export function producersOf({ nodes }: Pick<OnnxGraph, 'nodes'>): ReadonlyMap<string, OnnxNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/**
 * Reads what a model file says about itself. Throws if it is not an ONNX model, or is truncated.
 */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const model = readModel(bytes);
  if (model.graph.length === 0) throw new TypeError('the file has no graph');
  const found: Found = {
    nodes: [],
    tensors: new Map(),
    lists: new Map(),
    external: new Set(),
    texts: new Set(),
    numbers: new Set(),
    halves: false,
  };
  const graph = readGraph(model.graph);
  walk(graph, found);
  return {
    opsets: new Map(model.opset_import.map(({ domain, version }) => [domain, Number(version)])),
    nodes: found.nodes,
    outputs: graph.output.map(({ name }) => name),
    ownDomains: new Set(model.functions.map(({ domain }) => domain)),
    metadata: new Map(model.metadata_props.map(({ key, value }) => [key, value])),
    externalFiles: [...found.external],
    halves: found.halves,
    texts: [...found.texts],
    numbers: [...found.numbers],
    constant: (name) => {
      const tensor = found.tensors.get(name);
      return tensor === undefined ? found.lists.get(name) : labelsOf(tensor);
    },
  };
}

interface Found {
  readonly nodes: OnnxNode[];
  readonly tensors: Map<string, Uint8Array>;
  /** Constants that are not tensors: `value_strings` and others. */
  readonly lists: Map<string, readonly string[]>;
  readonly external: Set<string>;
  readonly texts: Set<string>;
  readonly numbers: Set<string>;
  halves: boolean;
}

const KNOWN_TEXTS = /^(keys|cats|pool)_strings$|^string_vocabulary$/;
const MAX_TEXTS = 500;

const LISTS = /^value_(string|strings|ints)$/;

function listOf(attribute: Uint8Array, name: string): readonly string[] {
  const { s: one, ints, strings } = readLabels(attribute);
  return name === 'value_string' ? [Buffer.from(one).toString('utf8')] : [...strings, ...ints];
}

function walk({ node, initializer }: ReturnType<typeof readGraph>, found: Found): void {
  const tensor = (bytes: Uint8Array): void => {
    const {
      data_type: type,
      name,
      external_data: entries,
      data_location: location,
    } = readHeader(bytes);
    found.halves ||= HALVES.has(type);
    if (location !== EXTERNAL) found.tensors.set(name, bytes);
    else for (const { key, value } of entries) if (key === 'location') found.external.add(value);
  };
  for (const bytes of initializer) tensor(bytes);
  for (const bytes of node) {
    const message = readNodeMessage(bytes);
    found.nodes.push(toNode(message));
    for (const attribute of message.attribute) {
      const { name, int, tensor: t, graph: g } = readAttribute(attribute);
      if (name === 'to' && HALVES.has(int)) found.halves = true;
      if (KNOWN_TEXTS.test(name))
        for (const text of readLabels(attribute).strings.slice(0, MAX_TEXTS - found.texts.size))
          found.texts.add(text);
      if (name === 'cats_int64s')
        for (const number of readLabels(attribute).ints.slice(0, MAX_TEXTS - found.numbers.size))
          found.numbers.add(number);
      if (t.length > 0) tensor(t);
      // A constant has the name of the node output. The tensor inside has another name, or none.
      if (t.length > 0 && message.op_type === 'Constant')
        found.tensors.set(message.output[0] ?? '', t);
      if (message.op_type === 'Constant' && LISTS.test(name))
        found.lists.set(message.output[0] ?? '', listOf(attribute, name));
      if (g.length > 0) walk(readGraph(g), found);
    }
  }
}

/** Reads one node of a graph. */
export function readNode(bytes: Uint8Array): OnnxNode {
  return toNode(readNodeMessage(bytes));
}

function toNode({
  input,
  output,
  op_type: operator,
  attribute,
  domain,
}: ReturnType<typeof readNodeMessage>): OnnxNode {
  return {
    operator,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs: input,
    outputs: output,
    renames: () => (operator === 'LabelEncoder' ? renamed(attribute) : undefined),
    get classes() {
      const labels = attribute.find((bytes) => readAttribute(bytes).name.startsWith('classlabels'));
      if (labels === undefined) return undefined;
      const { ints, strings } = readLabels(labels);
      return [...strings, ...ints];
    },
  };
}

function renamed(attributes: readonly Uint8Array[]): ReadonlyMap<string, string> | undefined {
  const list = (kind: string): readonly string[] | undefined => {
    for (const bytes of attributes) {
      const { name, tensor } = readAttribute(bytes);
      if (name === `${kind}_tensor`) return labelsOf(tensor);
      if (name !== `${kind}_strings` && name !== `${kind}_int64s`) continue;
      const { strings, ints } = readLabels(bytes);
      return [...strings, ...ints];
    }
    return undefined;
  };
  const [keys, values] = [list('keys'), list('values')];
  if (keys === undefined || values === undefined || keys.length !== values.length) return undefined;
  return new Map(keys.map((key, i) => [key, values[i]!]));
}

function labelsOf(bytes: Uint8Array): readonly string[] | undefined {
  const tensor = readTensor(bytes);
  if (tensor.data_type === STRING) return tensor.string_data;
  if (tensor.data_type !== INT64) return undefined;
  const { raw_data: raw } = tensor;
  if (raw.length === 0) return tensor.int64_data;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.length / 8 }, (_, i) => String(view.getBigInt64(8 * i, true)));
}

const VALUE_NAME = 1;
const VALUE_TYPE = 2;
const TENSOR_TYPE = 1;
/** The field `elem_type` with the number of float32. */
const OF_FLOATS = protobuf.Writer.create().uint32(8).int32(1).finish();

/** The bytes of a graph output that is a float32 tensor of any shape. */
export function floatOutput(name: string): Uint8Array {
  return Buffer.concat([
    delimited(VALUE_NAME, Buffer.from(name)),
    delimited(VALUE_TYPE, delimited(TENSOR_TYPE, OF_FLOATS)),
  ]);
}

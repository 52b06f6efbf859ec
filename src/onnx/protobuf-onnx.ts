import protobuf from 'protobufjs';
import { readAttribute } from './protobuf-attribute.ts';

/**
 * The parts of an ONNX file that scoring needs, with the field numbers of ONNX's protobuf schema.
 * Large parts (weights, attributes of trees) stay bytes until they are needed. They are views of
 * the file, not copies.
 */
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Model { repeated Opset opset_import = 8; bytes graph = 7; repeated Entry metadata_props = 14; repeated Function functions = 25; }
   message Opset { string domain = 1; int64 version = 2; }
   message Function { string name = 1; string domain = 10; }
   message Graph { repeated bytes node = 1; repeated bytes initializer = 5; repeated Value output = 12; }
   message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated bytes attribute = 5; string domain = 7; }
   message Labels { bytes s = 4; repeated int64 ints = 8; repeated string strings = 9; }
   message TensorHeader { int32 data_type = 2; string name = 8; repeated Entry external_data = 13; int32 data_location = 14; }
   message TensorLabels { int32 data_type = 2; repeated string string_data = 6; repeated int64 int64_data = 7; bytes raw_data = 9; }
   message Entry { string key = 1; string value = 2; }
   message Value { string name = 1; Type type = 2; }
   message Type { TensorType tensor_type = 1; }
   message TensorType { int32 elem_type = 1; }`,
  { keepCase: true },
);

/**
 * Reads a message. Missing fields take their defaults. Throws if the bytes are not such a message.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller says what the message holds
function decoder<T>(name: string): (bytes: Uint8Array) => T {
  const type = root.lookupType(name);
  return (bytes) =>
    type.toObject(type.decode(bytes), { defaults: true, arrays: true, longs: String }) as T;
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

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

const readModel = decoder<{
  readonly opset_import: readonly { readonly domain: string; readonly version: string }[];
  readonly graph: Uint8Array;
  readonly metadata_props: readonly Entry[];
  readonly functions: readonly { readonly domain: string }[];
}>('Model');
const readGraph = decoder<{
  readonly node: readonly Uint8Array[];
  readonly initializer: readonly Uint8Array[];
  readonly output: readonly { readonly name: string }[];
}>('Graph');
const readNodeMessage = decoder<{
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly op_type: string;
  readonly attribute: readonly Uint8Array[];
  readonly domain: string;
}>('Node');
const readLabels = decoder<{
  readonly s: Uint8Array;
  readonly ints: readonly string[];
  readonly strings: readonly string[];
}>('Labels');
const readHeader = decoder<{
  readonly data_type: number;
  readonly name: string;
  readonly external_data: readonly Entry[];
  readonly data_location: number;
}>('TensorHeader');
const readTensor = decoder<{
  readonly data_type: number;
  readonly string_data: readonly string[];
  readonly int64_data: readonly string[];
  readonly raw_data: Uint8Array;
}>('TensorLabels');

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

/** The bytes of a graph output that is a float32 tensor of any shape. */
export function floatOutput(name: string): Uint8Array {
  const type = root.lookupType('Value');
  return type.encode(type.fromObject({ name, type: { tensor_type: { elem_type: 1 } } })).finish();
}

import protobuf from 'protobufjs';
import {
  delimited,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  MODEL_GRAPH,
  split,
  valueName,
  withGraph,
  type Field,
} from './protobuf-fields.ts';
import { floatOutput, readNode } from './protobuf-onnx.ts';

/** Nodes with their attributes and constants, for who follows numbers through a model. */

const { root } = protobuf.parse(
  `syntax = "proto3";
   message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; Tensor t = 5; repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; }
   message Tensor { repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; repeated int32 int32_data = 5; repeated int64 int64_data = 7; string name = 8; bytes raw_data = 9; repeated double double_data = 10; }
   message Value { Type type = 2; }
   message Type { TensorType tensor_type = 1; }
   message TensorType { Shape shape = 2; }
   message Shape { repeated Dim dim = 1; }
   message Dim { int64 dim_value = 1; }`,
  { keepCase: true },
);

export interface Attribute {
  readonly name: string;
  readonly f: number;
  readonly i: number;
  readonly s: Uint8Array;
  /** Null if the attribute is no tensor. */
  readonly t: TensorMessage | null;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
}

export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Reads an attribute; large ones take time. */
  readonly attribute: (name: string) => Attribute | undefined;
}

/** A constant with numbers. */
export interface Constant {
  readonly dims: readonly number[];
  readonly numbers: Float64Array;
}

export interface ReadGraph {
  readonly nodes: readonly GraphNode[];
  /** With their dimensions, that of the batch first; null where the file leaves it open. */
  readonly inputs: ReadonlyMap<string, readonly (number | null)[]>;
  /** The node that computes a value. */
  readonly maker: (value: string) => GraphNode | undefined;
  readonly isConstant: (value: string) => boolean;
  /** Undefined if it is not a constant of numbers in the file itself. */
  readonly constant: (value: string) => Constant | undefined;
  /** The dimensions of a constant of any type; undefined if the file does not have them as such. */
  readonly dims: (value: string) => readonly number[] | undefined;
  /** A model that computes this value from the inputs. */
  readonly frontOf: (value: string) => Uint8Array;
}

const NODE_ATTRIBUTE = 5;
const GRAPH_INITIALIZER = 5;
const TENSOR_NAME = 8;

/** Reads the nodes of a model, without the numbers in them. */
export function readGraph(model: Uint8Array): ReadGraph {
  const fields = split(model);
  const parts = split(fields.find(({ number }) => number === MODEL_GRAPH)!.body);
  const initializers = new Map(
    parts
      .filter(({ number }) => number === GRAPH_INITIALIZER)
      .map(({ body }) => [textOf(split(body), TENSOR_NAME), body] as const),
  );
  const inputs = new Map(
    parts
      .filter(({ number, body }) => number === GRAPH_INPUT && !initializers.has(valueName(body)))
      .map(({ body }) => [valueName(body), dimsOf(body)] as const),
  );
  const fieldOf = new Map<GraphNode, Field>();
  const nodes = parts
    .filter(({ number }) => number === GRAPH_NODE)
    .map((field): GraphNode => {
      const { operator, inputs: from, outputs } = readNode(field.body);
      const node = { operator, inputs: from, outputs, attribute: attributeOf(field.body) };
      fieldOf.set(node, field);
      return node;
    });
  const makers = new Map(
    nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );
  const tensorOf = (value: string): TensorMessage | undefined => {
    const bytes = initializers.get(value);
    if (bytes !== undefined) return tensorType.toObject(tensorType.decode(bytes));
    const node = makers.get(value);
    if (node?.operator !== 'Constant') return undefined;
    return node.attribute('value')?.t ?? undefined;
  };
  return {
    nodes,
    inputs,
    maker: (value) => makers.get(value),
    isConstant: (value) =>
      value === '' || initializers.has(value) || makers.get(value)?.operator === 'Constant',
    constant: (value) => constantOf(tensorOf(value)),
    dims: (value) => tensorOf(value)?.dims?.map(Number) ?? (tensorOf(value) && []),
    frontOf: (value) => {
      const needed = new Set<GraphNode>();
      const seen = new Set<string>();
      const need = (name: string): void => {
        if (seen.has(name)) return;
        seen.add(name);
        const maker = makers.get(name);
        if (maker === undefined) return;
        needed.add(maker);
        maker.inputs.forEach(need);
      };
      need(value);
      const kept = parts.filter(({ number, body }) =>
        number === GRAPH_INPUT
          ? seen.has(valueName(body))
          : number !== GRAPH_NODE && number !== GRAPH_OUTPUT,
      );
      return withGraph(fields, [
        ...nodes.filter((node) => needed.has(node)).map((node) => fieldOf.get(node)!.whole),
        ...kept.map(({ whole }) => whole),
        delimited(GRAPH_OUTPUT, floatOutput(value)),
      ]);
    },
  };
}

const attributeType = root.lookupType('Attribute');
const tensorType = root.lookupType('Tensor');
const valueType = root.lookupType('Value');

interface ValueMessage {
  readonly type?: {
    readonly tensor_type?: { readonly shape?: { readonly dim?: readonly DimMessage[] } };
  };
}

interface DimMessage {
  readonly dim_value?: number;
}

function dimsOf(value: Uint8Array): readonly (number | null)[] {
  const { type } = valueType.toObject(valueType.decode(value), { longs: Number }) as ValueMessage;
  return (type?.tensor_type?.shape?.dim ?? []).map(({ dim_value: size = 0 }) =>
    size > 0 ? size : null,
  );
}

function attributeOf(node: Uint8Array): GraphNode['attribute'] {
  return (name) => {
    for (const { number, body } of split(node)) {
      if (number !== NODE_ATTRIBUTE || textOf(split(body), 1) !== name) continue;
      return attributeType.toObject(attributeType.decode(body), {
        longs: Number,
        arrays: true,
        defaults: true,
      }) as Attribute;
    }
    return undefined;
  };
}

function textOf(fields: readonly Field[], number: number): string {
  const field = fields.find((one) => one.number === number);
  return field === undefined ? '' : Buffer.from(field.body).toString('utf8');
}

interface TensorMessage {
  readonly dims?: readonly unknown[];
  readonly data_type?: number;
  readonly float_data?: readonly number[];
  readonly int32_data?: readonly number[];
  readonly int64_data?: readonly unknown[];
  readonly raw_data?: Uint8Array;
  readonly double_data?: readonly number[];
}

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const DOUBLE = 11;

function constantOf(message: TensorMessage | undefined): Constant | undefined {
  if (message === undefined) return undefined;
  const { dims = [], data_type: type, raw_data: raw, ...given } = message;
  const sizes = dims.map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  const view = raw && new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const isRaw = view !== undefined && view.byteLength > 0;
  const read = (
    size: number,
    take: (at: number) => number,
    listed: readonly unknown[] = [],
  ): Float64Array =>
    isRaw
      ? Float64Array.from({ length: view.byteLength / size }, (_, i) => take(i * size))
      : Float64Array.from(listed, Number);
  const numbers =
    type === FLOAT
      ? read(4, (at) => view!.getFloat32(at, true), given.float_data)
      : type === DOUBLE
        ? read(8, (at) => view!.getFloat64(at, true), given.double_data)
        : type === INT64
          ? read(8, (at) => Number(view!.getBigInt64(at, true)), given.int64_data)
          : type === INT32
            ? read(4, (at) => view!.getInt32(at, true), given.int32_data)
            : undefined;
  return numbers?.length === count ? { dims: sizes, numbers } : undefined;
}

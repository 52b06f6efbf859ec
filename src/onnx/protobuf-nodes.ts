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
import {
  BYTES,
  DOUBLE,
  FLOAT,
  inner,
  INT32,
  INT64,
  many,
  messageReader,
  one,
  TEXT,
} from './protobuf-message.ts';
import { floatOutput, readNode } from './protobuf-onnx.ts';

/** Nodes with their attributes and constants, for who follows numbers through a model. */

const tensor = {
  dims: many(1, INT64),
  data_type: one(2, INT32),
  float_data: many(4, FLOAT),
  int32_data: many(5, INT32),
  int64_data: many(7, INT64),
  name: one(8, TEXT),
  raw_data: one(9, BYTES),
  double_data: many(10, DOUBLE),
};
const readTensor = messageReader(tensor);
const dim = inner({ dim_value: one(1, INT64) });
const readValue = messageReader({
  type: one(
    2,
    inner({ tensor_type: one(1, inner({ shape: one(2, inner({ dim: many(1, dim) })) })) }),
  ),
});
const readAttribute = messageReader({
  name: one(1, TEXT),
  f: one(2, FLOAT),
  i: one(3, INT64),
  s: one(4, BYTES),
  t: one(5, inner(tensor)),
  floats: many(7, FLOAT),
  ints: many(8, INT64),
  strings: many(9, BYTES),
});

type TensorMessage = ReturnType<typeof readTensor>;
export type Attribute = ReturnType<typeof readAttribute>;

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
    if (bytes !== undefined) return readTensor(bytes);
    const node = makers.get(value);
    if (node?.operator !== 'Constant') return undefined;
    return node.attribute('value')?.t;
  };
  return {
    nodes,
    inputs,
    maker: (value) => makers.get(value),
    isConstant: (value) =>
      value === '' || initializers.has(value) || makers.get(value)?.operator === 'Constant',
    constant: (value) => constantOf(tensorOf(value)),
    dims: (value) => tensorOf(value)?.dims,
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

function dimsOf(value: Uint8Array): readonly (number | null)[] {
  const { type } = readValue(value);
  return (type?.tensor_type?.shape?.dim ?? []).map(({ dim_value: size }) =>
    size > 0 ? size : null,
  );
}

function attributeOf(node: Uint8Array): GraphNode['attribute'] {
  return (name) => {
    for (const { number, body } of split(node)) {
      if (number !== NODE_ATTRIBUTE || textOf(split(body), 1) !== name) continue;
      return readAttribute(body);
    }
    return undefined;
  };
}

function textOf(fields: readonly Field[], number: number): string {
  const field = fields.find((one) => one.number === number);
  return field === undefined ? '' : Buffer.from(field.body).toString('utf8');
}

/** The types of the numbers of a tensor. */
const OF = { float: 1, int32: 6, int64: 7, double: 11 };

function constantOf(message: TensorMessage | undefined): Constant | undefined {
  if (message === undefined) return undefined;
  const { dims, data_type: type, raw_data: raw, ...given } = message;
  const count = dims.reduce((product, size) => product * size, 1);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const isRaw = view.byteLength > 0;
  const read = (
    size: number,
    take: (at: number) => number,
    listed: readonly number[],
  ): Float64Array =>
    isRaw
      ? Float64Array.from({ length: view.byteLength / size }, (_, i) => take(i * size))
      : Float64Array.from(listed);
  const numbers =
    type === OF.float
      ? read(4, (at) => view.getFloat32(at, true), given.float_data)
      : type === OF.double
        ? read(8, (at) => view.getFloat64(at, true), given.double_data)
        : type === OF.int64
          ? read(8, (at) => Number(view.getBigInt64(at, true)), given.int64_data)
          : type === OF.int32
            ? read(4, (at) => view.getInt32(at, true), given.int32_data)
            : undefined;
  return numbers?.length === count ? { dims, numbers } : undefined;
}

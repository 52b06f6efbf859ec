import protobuf from 'protobufjs/minimal.js';
import { delimited } from './protobuf-fields.ts';

export const FLOAT = 1;
export const INT64 = 7;
export const STRING = 8;

/** Values of an attribute: integers, floats, or strings. */
export type AttributeValue =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly texts: readonly string[] };

export interface GraphNode {
  readonly operator: string;
  readonly domain?: '' | 'ai.onnx.ml';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface GraphSpec {
  readonly nodes: readonly GraphNode[];
  readonly weights?: readonly {
    readonly name: string;
    readonly dims: readonly number[];
    readonly values: number[];
  }[];
  readonly inputs: readonly Matrix[];
  readonly outputs: readonly Matrix[];
}

export interface Matrix {
  readonly name: string;
  readonly type: number;
  /** Undefined: a vector. */
  readonly columns?: number | 'any';
  /** Undefined: any number of columns. */
  readonly rows?: number | undefined;
}

/** Writes a model file, with the field numbers of ONNX's protobuf schema. */
export function onnxFile({ nodes, weights = [], inputs, outputs }: GraphSpec): Uint8Array {
  const graph = [
    nodes.map((node) => message(1, nodeParts(node))),
    [text(2, 'made')],
    weights.map(({ name, dims, values }) =>
      message(5, [integers(1, dims), integer(2, FLOAT), floats(4, values), text(8, name)]),
    ),
    inputs.map((matrix) => message(11, valueParts(matrix))),
    outputs.map((matrix) => message(12, valueParts(matrix))),
  ];
  return Buffer.concat([
    integer(1, 8), // the version of the format
    text(2, 'stream-scorer'),
    message(7, graph.flat()),
    message(8, [text(1, ''), integer(2, 15)]),
    message(8, [text(1, 'ai.onnx.ml'), integer(2, 3)]),
  ]);
}

function nodeParts({ operator, domain = '', inputs, outputs, attributes = {} }: GraphNode): Part[] {
  return [
    inputs.map((name) => text(1, name)),
    outputs.map((name) => text(2, name)),
    [text(4, operator)],
    Object.entries(attributes).map(([name, value]) =>
      message(5, [text(1, name), attributeParts(value)].flat()),
    ),
    [text(7, domain)],
  ].flat();
}

function attributeParts(value: AttributeValue): Part[] {
  if ('float' in value) return [fixed(2, value.float), integer(20, 1)];
  if ('int' in value) return [integer(3, value.int), integer(20, 2)];
  if ('text' in value) return [text(4, value.text), integer(20, 3)];
  if ('floats' in value) return [floats(7, value.floats), integer(20, 6)];
  if ('ints' in value) return [integers(8, value.ints), integer(20, 7)];
  return value.texts.map((one) => text(9, one)).concat(integer(20, 8));
}

function valueParts({ name, type, columns, rows }: Matrix): Part[] {
  const dim = (size: number | string): Part =>
    message(1, [typeof size === 'number' ? integer(1, size) : text(2, size)]);
  const second = columns === undefined ? [] : [columns === 'any' ? message(1, []) : dim(columns)];
  const shape = message(2, [dim(rows ?? 'N'), ...second]);
  return [text(1, name), message(2, [message(1, [integer(1, type), shape])])];
}

type Part = Uint8Array;

const VARINT = 0;
const FIXED32 = 5;
const FLOAT_BYTES = 4;
const headed = (number: number, type: number): protobuf.Writer =>
  protobuf.Writer.create().uint32((number << 3) | type);

const message = (number: number, parts: readonly Part[]): Part =>
  delimited(number, Buffer.concat(parts));
const text = (number: number, value: string): Part => delimited(number, Buffer.from(value));
const integer = (number: number, value: number): Part =>
  headed(number, VARINT).int64(value).finish();
const fixed = (number: number, value: number): Part =>
  headed(number, FIXED32).float(value).finish();

function floats(number: number, values: readonly number[]): Part {
  const body = Buffer.alloc(FLOAT_BYTES * values.length);
  values.forEach((value, i) => body.writeFloatLE(value, FLOAT_BYTES * i));
  return delimited(number, body);
}

function integers(number: number, values: readonly number[]): Part {
  const body = protobuf.Writer.create();
  for (const value of values) body.int64(value);
  return delimited(number, body.finish());
}

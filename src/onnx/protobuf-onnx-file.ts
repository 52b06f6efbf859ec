import protobuf from 'protobufjs';

/**
 * The structure of an ONNX file, with the field numbers of ONNX's protobuf schema: the part that
 * the models here need.
 */
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; }
   message Opset { string domain = 1; int64 version = 2; }
   message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
   message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; string domain = 7; }
   message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; int32 type = 20; }
   message Tensor { repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; string name = 8; }
   message Value { string name = 1; Type type = 2; }
   message Type { TensorType tensor_type = 1; }
   message TensorType { int32 elem_type = 1; Shape shape = 2; }
   message Shape { repeated Dim dim = 1; }
   message Dim { int64 dim_value = 1; string dim_param = 2; }`,
  { keepCase: true },
);

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

/** Writes a model file. */
export function onnxFile({ nodes, weights = [], inputs, outputs }: GraphSpec): Uint8Array {
  const model = {
    ir_version: 8,
    producer_name: 'stream-scorer',
    opset_import: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: {
      name: 'made',
      node: nodes.map(
        ({ operator, domain = '', inputs: input, outputs: output, attributes = {} }) => ({
          op_type: operator,
          domain,
          input,
          output,
          attribute: Object.entries(attributes).map(([name, value]) => ({
            name,
            ...attribute(value),
          })),
        }),
      ),
      initializer: weights.map(({ name, dims, values }) => ({
        name,
        dims,
        data_type: FLOAT,
        float_data: values,
      })),
      input: inputs.map(valueOf),
      output: outputs.map(valueOf),
    },
  };
  const type = root.lookupType('Model');
  return type.encode(type.fromObject(model)).finish();
}

function valueOf({ name, type, columns, rows }: Matrix): object {
  const second = columns === undefined ? [] : [columns === 'any' ? {} : { dim_value: columns }];
  const dim = [rows === undefined ? { dim_param: 'N' } : { dim_value: rows }, ...second];
  return { name, type: { tensor_type: { elem_type: type, shape: { dim } } } };
}

function attribute(value: AttributeValue): object {
  if ('float' in value) return { type: 1, f: value.float };
  if ('int' in value) return { type: 2, i: value.int };
  if ('text' in value) return { type: 3, s: Buffer.from(value.text) };
  if ('floats' in value) return { type: 6, floats: value.floats };
  if ('ints' in value) return { type: 7, ints: value.ints };
  return { type: 8, strings: value.texts.map((text) => Buffer.from(text)) };
}

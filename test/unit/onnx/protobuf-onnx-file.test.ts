import protobuf from 'protobufjs';
import { FLOAT, INT64, onnxFile } from '../../../src/onnx/protobuf-onnx-file.ts';

// The whole package reads what was written, with the names of ONNX's schema.
const { root } = protobuf.parse(
  `syntax = "proto3";
   message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; }
   message Opset { string domain = 1; int64 version = 2; }
   message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
   message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; string domain = 7; }
   message Attribute { string name = 1; float f = 2; int64 i = 3; string s = 4; repeated float floats = 7; repeated int64 ints = 8; repeated string strings = 9; int32 type = 20; }
   message Tensor { repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; string name = 8; }
   message Value { string name = 1; Type type = 2; }
   message Type { TensorType tensor_type = 1; }
   message TensorType { int32 elem_type = 1; Shape shape = 2; }
   message Shape { repeated Dim dim = 1; }
   message Dim { int64 dim_value = 1; string dim_param = 2; }`,
  { keepCase: true },
);

it('a model file has everything that was asked for', () => {
  const file = onnxFile({
    nodes: [
      {
        operator: 'Made',
        domain: 'ai.onnx.ml',
        inputs: ['x', 'z'],
        outputs: ['y'],
        attributes: {
          float: { float: -0.5 },
          int: { int: -3 },
          text: { text: 'SOFTMAX' },
          floats: { floats: [1.5, -0, Infinity] },
          ints: { ints: [0, -1, 2 ** 40] },
          texts: { texts: ['a', '', 'ü'] },
        },
      },
    ],
    weights: [{ name: 'w', dims: [2, 1], values: [0.25, -2] }],
    inputs: [
      { name: 'x', type: FLOAT, columns: 3 },
      { name: 'z', type: INT64, columns: 'any', rows: 7 },
    ],
    outputs: [{ name: 'y', type: FLOAT }],
  });
  const type = root.lookupType('Model');
  const dims = (...dim: object[]): object => ({ dim });
  const value = (name: string, elem: number, shape: object): object => ({
    name,
    type: { tensor_type: { elem_type: elem, shape } },
  });
  expect(type.toObject(type.decode(file), { longs: Number })).toEqual({
    ir_version: 8,
    producer_name: 'stream-scorer',
    opset_import: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: {
      name: 'made',
      node: [
        {
          input: ['x', 'z'],
          output: ['y'],
          op_type: 'Made',
          domain: 'ai.onnx.ml',
          attribute: [
            { name: 'float', type: 1, f: -0.5 },
            { name: 'int', type: 2, i: -3 },
            { name: 'text', type: 3, s: 'SOFTMAX' },
            { name: 'floats', type: 6, floats: [1.5, -0, Infinity] },
            { name: 'ints', type: 7, ints: [0, -1, 2 ** 40] },
            { name: 'texts', type: 8, strings: ['a', '', 'ü'] },
          ],
        },
      ],
      initializer: [{ name: 'w', dims: [2, 1], data_type: 1, float_data: [0.25, -2] }],
      input: [
        value('x', 1, dims({ dim_param: 'N' }, { dim_value: 3 })),
        value('z', 7, dims({ dim_value: 7 }, {})),
      ],
      output: [value('y', 1, dims({ dim_param: 'N' }))],
    },
  });
});

import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `syntax = "proto3";
   message Model { int64 ir_version = 1; repeated Opset opset_import = 8; Graph graph = 7; }
   message Opset { string domain = 1; int64 version = 2; }
   message Graph { repeated Node node = 1; string name = 2; repeated Value input = 11; repeated Value output = 12; }
   message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; string domain = 7; }
   message Attribute { string name = 1; int64 i = 3; bytes s = 4; repeated float floats = 7; int32 type = 20; }
   message Value { string name = 1; Type type = 2; }
   message Type { TensorType tensor_type = 1; }
   message TensorType { int32 elem_type = 1; }`,
  { keepCase: true },
);

const FLOAT = 1;
/** Types of attributes. */
const INT = 2;
const STRING = 3;
const FLOATS = 6;

/**
 * A model that is nothing but the softmax of ONNX Runtime's tree ensembles, `x` to `y`, rows × classes each: that of its
 * linear regressor is the same function, while the operator Softmax has another exponential.
 */
export function softmaxModel(classes: number): Uint8Array {
  const identity = Array.from({ length: classes * classes }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0));
  const node = {
    input: ['x'],
    output: ['y'],
    op_type: 'LinearRegressor',
    domain: 'ai.onnx.ml',
    attribute: [
      { name: 'coefficients', type: FLOATS, floats: identity },
      { name: 'targets', type: INT, i: classes },
      { name: 'post_transform', type: STRING, s: Buffer.from('SOFTMAX') },
    ],
  };
  const value = (name: string): object => ({ name, type: { tensor_type: { elem_type: FLOAT } } });
  const type = root.lookupType('Model');
  const model = {
    ir_version: 8,
    opset_import: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 1 },
    ],
    graph: { name: 'softmax', node: [node], input: [value('x')], output: [value('y')] },
  };
  return type.encode(type.fromObject(model)).finish();
}

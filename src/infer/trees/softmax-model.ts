import { FLOAT, onnxFile } from '../../onnx/protobuf-onnx-file.ts';

/**
 * A model that is only the softmax of ONNX Runtime's tree ensembles, from `x` to `y`, rows ×
 * classes each. Its linear regressor uses the same function, but the operator Softmax uses another
 * exponential.
 */
export function softmaxModel(classes: number): Uint8Array {
  const identity = Array.from({ length: classes * classes }, (_, i) =>
    i % (classes + 1) === 0 ? 1 : 0,
  );
  const attributes = {
    coefficients: { floats: identity },
    targets: { int: classes },
    post_transform: { text: 'SOFTMAX' },
  };
  return onnxFile({
    nodes: [
      {
        operator: 'LinearRegressor',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['y'],
        attributes,
      },
    ],
    inputs: [{ name: 'x', type: FLOAT, columns: classes }],
    outputs: [{ name: 'y', type: FLOAT, columns: classes }],
  });
}

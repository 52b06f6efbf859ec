import type { InferenceSession } from 'onnxruntime-node';
import { ScorerError } from '../errors.ts';
import { columnsOf, type InputSignature, type InputSpec } from '../flow/features.ts';
import { innerShape } from '../flow/inner-shape.ts';
import { emptyValues, TENSOR_TYPES, type InputTensor, type TensorType } from '../flow/tensors.ts';

const TYPES: readonly string[] = TENSOR_TYPES;

/** An input as the runtime describes it. Throws MODEL_INPUT if it cannot get values. */
export function inputSignature(
  input: InferenceSession.ValueMetadata,
  file: string,
): InputSignature {
  const refuse = (what: string, remedy: string): ScorerError =>
    new ScorerError({ code: 'MODEL_INPUT', what, where: file, remedy });
  if (input.name === '__proto__') {
    throw refuse(
      'an input is called __proto__, which cannot be used as a name here',
      'Export the model with another name for this input.',
    );
  }
  if (!input.isTensor) {
    throw refuse(
      `the input ${input.name} is not a tensor`,
      'Export the model with tensors as its inputs.',
    );
  }
  if (!TYPES.includes(input.type)) {
    throw refuse(
      `the input ${input.name} is a tensor of ${input.type}, which is not supported`,
      `Export the model with one of ${TYPES.join(', ')}.`,
    );
  }
  const [first, ...rest] = input.shape.map((size) =>
    typeof size === 'number' && size > 0 ? size : null,
  );
  if (first === undefined) {
    throw refuse(
      `the input ${input.name} has no dimensions in the file: it is one number for the whole batch, or its shape is unknown`,
      'Export the model with the shapes of its inputs. Export an input that is one number for the whole batch as a constant.',
    );
  }
  const columns =
    rest.length === 0
      ? 1
      : rest.includes(null)
        ? null
        : rest.reduce<number>((all, k) => all * k!, 1);
  const signature = {
    name: input.name,
    type: input.type as TensorType,
    columns,
    flat: rest.length === 0,
    rows: first,
  };
  return rest.length > 1 ? { ...signature, inner: rest } : signature;
}

/**
 * Zeros for an input with the columns of model.yaml. If their layout is unknown, each open
 * dimension has size 1.
 */
export function zeros(
  input: InputSignature,
  spec: InputSpec | undefined,
  rows: number,
): InputTensor {
  const { name, type, flat } = input;
  const laid = spec === undefined ? undefined : innerShape(input, spec);
  const inner =
    laid !== undefined && 'inner' in laid ? laid.inner : input.inner?.map((size) => size ?? 1);
  const listed = spec === undefined ? 1 : columnsOf(spec);
  const columns = inner?.reduce((product, size) => product * size, 1) ?? input.columns ?? listed;
  const tensor = { name, type, rows, columns, flat, values: emptyValues(type, rows * columns) };
  return inner === undefined ? tensor : { ...tensor, inner };
}

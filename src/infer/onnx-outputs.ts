import { Tensor } from 'onnxruntime-node';
import {
  TENSOR_TYPES,
  type InputTensor,
  type ModelOutput,
  type OutputTensor,
  type TensorType,
  type TensorValues,
} from '../flow/tensors.ts';
import { EVEN_ROWS, sliceRows } from './fixed-batch.ts';
import type { Opened } from './onnx-open.ts';
import { resultsOf } from './onnx-run.ts';
import { RunFailed } from './run-failures.ts';

export interface RawOutputs {
  readonly outputs: readonly ModelOutput[];
  readonly run: (
    tensors: readonly InputTensor[],
    rows: number,
    names?: readonly string[],
  ) => Promise<readonly OutputTensor[]>;
}

/**
 * The outputs of a model by name, for the same number of rows at once as its scores. `size`:
 * exactly this many rows; null: any number, rounded up to a multiple of four, as for scores.
 */
export function rawOutputs(opened: Opened, size: number | null): RawOutputs {
  const outputs = outputsOf(opened);
  const tensorOf = new Map(outputs.map(({ name }) => [name, name]));
  for (const { output, tensor } of opened.zipMaps) tensorOf.set(output, tensor);

  const runPart = async (
    tensors: readonly InputTensor[],
    names: readonly string[],
  ): Promise<OutputTensor[]> => {
    const wanted = names.map((name) => tensorOf.get(name)!);
    const results = await resultsOf(opened.session, tensors, [...new Set(wanted)]);
    return names.map((name, i) => toOutput(name, results[wanted[i]!]!));
  };
  return {
    outputs,
    run: async (tensors, rows, names = outputs.map(({ name }) => name)) => {
      const unknown = names.find((name) => !tensorOf.has(name));
      if (unknown !== undefined) throw new RangeError(`the model has no output ${unknown}`);
      if (rows < 1) throw new RangeError('the model needs at least one row');
      const step = size ?? Math.ceil(rows / EVEN_ROWS) * EVEN_ROWS;
      const parts: OutputTensor[][] = [];
      for (let start = 0; start < rows; start += step) {
        const count = Math.min(step, rows - start);
        const isWhole = count === step && step === rows;
        const part = isWhole
          ? tensors
          : tensors.map((tensor) => sliceRows(tensor, start, count, step));
        const answers = await runPart(part, names);
        parts.push(answers.map((answer) => firstRows(answer, step, count)));
      }
      return names.map((_, i) => joined(parts.map((part) => part[i]!)));
    },
  };
}

function outputsOf({ session, graph, zipMaps }: Opened): ModelOutput[] {
  const hidden = new Set(
    zipMaps.map(({ tensor }) => tensor).filter((tensor) => !graph!.outputs.includes(tensor)),
  );
  const declared = session.outputMetadata.flatMap((output): ModelOutput[] => {
    if (!output.isTensor || hidden.has(output.name) || !isTensorType(output.type)) return [];
    const shape = output.shape.map((size) => (typeof size === 'number' && size > 0 ? size : null));
    return [{ name: output.name, type: output.type, shape }];
  });
  const unzipped = zipMaps.map(({ output, classes }): ModelOutput => {
    return { name: output, type: 'float32', shape: [null, classes.length] };
  });
  return [...declared, ...unzipped];
}

function isTensorType(type: string): type is TensorType {
  return (TENSOR_TYPES as readonly string[]).includes(type);
}

function toOutput(name: string, { type, dims, data }: Tensor): OutputTensor {
  if (!isTensorType(type)) throw new TypeError(`the output ${name} is a tensor of ${type}`);
  // If the engine has an array for halves, the runtime returns one; here they are bits.
  const values =
    type === 'float16' && !(data instanceof Uint16Array)
      ? bitsOf(data as unknown as Uint8Array)
      : data;
  return { name, type, dims, values };
}

function bitsOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Without the copies of the last row that pad a batch to `size` rows. */
function firstRows(output: OutputTensor, size: number, count: number): OutputTensor {
  const { name, dims, values } = output;
  // Checked for every batch, not only for padded ones: an error must not depend on the padding.
  if (dims[0] !== size) throw new RunFailed(`the output ${name} does not have one row per event`);
  if (count === size) return output;
  const width = values.length / size;
  return { ...output, dims: [count, ...dims.slice(1)], values: values.slice(0, count * width) };
}

/** The rows of all parts, one after the other. */
function joined(parts: readonly OutputTensor[]): OutputTensor {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const dims = [parts.reduce((sum, part) => sum + part.dims[0]!, 0), ...first!.dims.slice(1)];
  if (parts.some((part) => part.dims.slice(1).join() !== dims.slice(1).join()))
    throw new RunFailed(`the output ${first!.name} has rows of different sizes`);
  const lists = parts.map(({ values }) => values);
  return { ...first!, dims, values: concatenated(lists) };
}

function concatenated(lists: readonly TensorValues[]): TensorValues {
  const [first] = lists;
  if (Array.isArray(first)) return (lists as readonly string[][]).flat();
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  const all = new (first!.constructor as Float32ArrayConstructor)(length);
  let at = 0;
  for (const list of lists as readonly Float32Array[]) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

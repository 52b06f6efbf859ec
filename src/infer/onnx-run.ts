import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { InputTensor } from '../flow/tensors.ts';
import type { RunTensors } from './fixed-batch.ts';

export type SessionOptions = InferenceSession.SessionOptions;

/** How a session makes one of its outputs. */
export function runnerOf(session: InferenceSession, output: string): RunTensors {
  return async (tensors, rows) => {
    const feeds = Object.fromEntries(tensors.map((input) => [input.name, toTensor(input)]));
    const result = (await session.run(feeds, [output]))[output];
    if (result === undefined) throw new TypeError(`the model answered without ${output}`);
    const answered = result.dims.length === 0 ? 1 : result.dims[0]!;
    const data = result.data as ArrayLike<number | bigint>;
    return { data, rows: answered, width: rows === 0 ? 1 : result.size / rows };
  };
}

/** A part of a model, as a model of its own. */
export interface Part {
  readonly run: RunTensors;
  readonly release: () => Promise<void>;
}

/** Throws what ONNX Runtime throws. */
export async function openPart(bytes: Uint8Array, output: string, options: SessionOptions): Promise<Part> {
  const session = await InferenceSession.create(bytes, options);
  return { run: runnerOf(session, output), release: () => session.release() };
}

function toTensor(input: InputTensor): Tensor {
  const dims = input.flat ? [input.rows] : [input.rows, input.columns];
  return new Tensor(input.type, input.values, dims);
}

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fromHalfBits } from '../flow/half.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { RunFailed } from './run-failures.ts';
import type { Answer, RunTensors } from './fixed-batch.ts';

export type SessionOptions = InferenceSession.SessionOptions;

/** Any other message of the runtime is about the call, not about the rows. */
const IN_A_NODE = /while running \w+ node/;

/** How a session computes one of its outputs. */
export function runnerOf(session: InferenceSession, output: string): RunTensors {
  return async (tensors, rows) => {
    const { [output]: result } = await resultsOf(session, tensors, [output]);
    if (result === undefined) throw new TypeError(`the model did not return the output ${output}`);
    const answered = result.dims.length === 0 ? 1 : result.dims[0]!;
    const data = numbersOf(result);
    return { data, rows: answered, width: rows === 0 ? 1 : result.size / rows };
  };
}

/** The outputs of a session. Rejects with RunFailed if the model fails for the rows. */
export async function resultsOf(
  session: InferenceSession,
  tensors: readonly InputTensor[],
  outputs: readonly string[],
): Promise<Readonly<Record<string, Tensor>>> {
  const feeds = Object.fromEntries(tensors.map((input) => [input.name, toTensor(input)]));
  return session.run(feeds, outputs).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw IN_A_NODE.test(message) ? new RunFailed(message, { cause: error }) : error;
  });
}

/** A part of a model, as a model of its own. */
export interface Part {
  readonly run: RunTensors;
  readonly release: () => Promise<void>;
}

/** Throws what ONNX Runtime throws. */
export async function openPart(
  bytes: Uint8Array,
  output: string,
  options: SessionOptions,
): Promise<Part> {
  const session = await InferenceSession.create(bytes, options);
  return { run: runnerOf(session, output), release: () => session.release() };
}

function toTensor(input: InputTensor): Tensor {
  const { rows, columns, flat, inner = flat ? [] : [columns] } = input;
  const tensor = new Tensor(input.type, input.values, [rows, ...inner]);
  // If the engine has an array for halves, the package converts the bits to one, but its native
  // part accepts only bits.
  if (input.type === 'float16') Object.assign(tensor, { cpuData: input.values });
  return tensor;
}

/** The numbers of an output. Halves are bits if the engine has no array for them. */
function numbersOf({ type, data }: Tensor): Answer['data'] {
  if (type === 'float16' && data instanceof Uint16Array)
    return Float32Array.from(data, fromHalfBits);
  return type === 'float16'
    ? Float32Array.from(data as ArrayLike<number>)
    : (data as Answer['data']);
}

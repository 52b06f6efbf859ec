import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ScorerError } from '../errors.ts';
import type { InputSignature } from '../flow/features.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { InputTensor, TensorType } from '../flow/tensors.ts';
import type { Bundle } from './bundle.ts';
import type { Model } from './model.ts';
import { chooseColumn, chooseTensor, type OutputSignature } from './score-output.ts';

export interface OnnxOptions {
  /** Threads inside one run. The runtime's own default would count the host's cores, not the container's. */
  readonly threads: number;
  readonly name: string;
}

const TYPES: readonly string[] = ['float32', 'float64', 'int32', 'int64', 'bool', 'string'] satisfies TensorType[];

/** Only errors: some exports make the runtime warn at every run. */
const LOG_SEVERITY_ERROR = 3;

/** Loads a bundle's model and runs it on zeros in each of its warm-up sizes. Throws MODEL_UNREADABLE, MODEL_INPUT or MODEL_OUTPUT. */
export async function loadOnnxModel(bundle: Bundle, { threads, name }: OnnxOptions): Promise<Model> {
  const session = await open(bundle.modelFile, threads);
  const { outputs } = bundle.description;
  const identity: ModelIdentity = { name, version: bundle.version, sha256: bundle.description.sha256 };
  const inputs = session.inputMetadata.map((input) => inputSignature(input, bundle.modelFile));
  const tensor = chooseTensor(session.outputMetadata.map(outputSignature), outputs, bundle.yamlFile);

  const run = async (tensors: readonly InputTensor[], rows: number): Promise<{ data: Numbers; width: number }> => {
    const feeds = Object.fromEntries(tensors.map((input) => [input.name, toTensor(input)]));
    const result = (await session.run(feeds, [tensor]))[tensor];
    if (result === undefined) throw new TypeError(`the model answered without ${tensor}`);
    return { data: result.data as Numbers, width: rows === 0 ? 1 : result.size / rows };
  };

  const columnsOf = new Map(bundle.description.inputs.map((input) => [input.name, input.features.length]));
  const probe = (rows: number): InputTensor[] =>
    inputs.map((input) => zeros(input, columnsOf.get(input.name) ?? 1, rows));
  const { width } = await run(probe(1), 1).catch((error: unknown) => {
    throw unreadable(error, bundle.modelFile, 'it cannot run on the columns that model.yaml gives');
  });
  const column = chooseColumn(width, outputs, tensor, bundle.yamlFile);
  for (const rows of bundle.description.warmup) {
    await run(probe(rows), rows).catch((error: unknown) => {
      throw unreadable(error, bundle.modelFile, `it cannot run on ${rows} rows at once`);
    });
  }

  return {
    identity,
    inputs,
    scoreFrom: `${tensor}[:,${column}]`,
    async score(tensors, rows): Promise<Scores> {
      const { data } = await run(tensors, rows);
      const score = new Float64Array(rows);
      for (let row = 0, i = column; row < rows; row++, i += width) score[row] = Number(data[i]);
      return { model: identity, score, classes: null, perClass: null };
    },
    release: () => session.release(),
  };
}

type Numbers = ArrayLike<number | bigint>;

async function open(file: string, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(file, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: LOG_SEVERITY_ERROR,
    });
  } catch (error) {
    throw unreadable(error, file, 'ONNX Runtime cannot load it');
  }
}

function unreadable(error: unknown, file: string, what: string): ScorerError {
  const why = error instanceof Error ? error.message : String(error);
  return new ScorerError({ code: 'MODEL_UNREADABLE', what: `${what}: ${why}`, where: file }, { cause: error });
}

function inputSignature(input: InferenceSession.ValueMetadata, file: string): InputSignature {
  const refuse = (what: string): ScorerError => new ScorerError({ code: 'MODEL_INPUT', what, where: file });
  if (!input.isTensor) throw refuse(`the input ${input.name} is not a tensor`);
  if (!TYPES.includes(input.type))
    throw refuse(`the input ${input.name} is a tensor of ${input.type}, which is not supported`);
  const { shape } = input;
  if (shape.length > 2)
    throw refuse(`the input ${input.name} has ${shape.length} dimensions; [N,k], [N,1] and [N] are supported`);
  const last = shape[1];
  const columns = shape.length < 2 ? 1 : typeof last === 'number' && last > 0 ? last : null;
  return { name: input.name, type: input.type as TensorType, columns, flat: shape.length < 2 };
}

function outputSignature(output: InferenceSession.ValueMetadata): OutputSignature {
  return { name: output.name, type: output.isTensor ? output.type : undefined };
}

function toTensor(input: InputTensor): Tensor {
  const dims = input.flat ? [input.rows] : [input.rows, input.columns];
  return new Tensor(input.type, input.values, dims);
}

function zeros(input: InputSignature, listed: number, rows: number): InputTensor {
  const columns = input.columns ?? listed;
  const length = rows * columns;
  const values = {
    float32: () => new Float32Array(length),
    float64: () => new Float64Array(length),
    int32: () => new Int32Array(length),
    int64: () => new BigInt64Array(length),
    bool: () => new Uint8Array(length),
    string: () => new Array<string>(length).fill(''),
  }[input.type]();
  return { name: input.name, type: input.type, rows, columns, flat: input.flat, values };
}

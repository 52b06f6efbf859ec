import { basename, dirname } from 'node:path';
import { ScorerError } from '../errors.ts';
import type { InputSignature } from '../flow/features.ts';
import type { Bundle } from './bundle.ts';
import { openModel, type Opened } from './onnx-open.ts';
import { inputSignature } from './onnx-input.ts';
import { outputSignatures } from './onnx-output-signatures.ts';
import { chooseOutput } from './score-output.ts';

export interface Signature {
  readonly inputs: readonly InputSignature[];
  /** Names of the columns of a matrix, if the exporter wrote them into the metadata. */
  readonly names: readonly string[] | undefined;
  /** Whether the score comes from decision trees, which take NaN for a missing value. */
  readonly trees: boolean;
  /** Files with the weights of the model. */
  readonly externalFiles: readonly string[];
  /** The output with the score. If several are possible, what a person has to decide. */
  readonly score: { readonly tensor: string } | { readonly undecided: string };
}

/**
 * Metadata keys under which exporters write the names of the columns, as a JSON list or separated
 * by commas.
 */
const NAME_KEYS = ['feature_names', 'featureNames', 'features'];

/** The inputs and outputs of a model file, before there is a bundle. Throws like `openModel`. */
export async function readSignature(file: string): Promise<Signature> {
  const description = {
    file: basename(file),
    sha256: '',
    files: {},
    inputs: [],
    outputs: {},
    golden: undefined,
    profile: undefined,
    background: undefined,
    labels: {},
    batchDependent: false,
    warmup: [],
  };
  const bundle: Bundle = {
    version: '1',
    folder: dirname(file),
    modelFile: file,
    yamlFile: file,
    description,
    todos: [],
    invalid: [],
    doubtful: new Set<string>(),
  };
  const opened = await openModel(bundle, 1);
  const { session, graph } = opened;
  try {
    return {
      inputs: session.inputMetadata.map((input) => inputSignature(input, file)),
      names: namesIn(graph?.metadata),
      trees: graph?.nodes.some(({ operator }) => operator.startsWith('TreeEnsemble')) === true,
      externalFiles: graph?.externalFiles ?? [],
      score: scoreOf(opened),
    };
  } finally {
    await session.release();
  }
}

function scoreOf(opened: Opened): Signature['score'] {
  try {
    return { tensor: chooseOutput(outputSignatures(opened), {}, '').name };
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    return { undecided: error.problems[0]!.what };
  }
}

function namesIn(metadata: ReadonlyMap<string, string> | undefined): string[] | undefined {
  const text = NAME_KEYS.map((key) => metadata?.get(key)).find((value) => value !== undefined);
  if (text === undefined) return undefined;
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? list.map(String) : undefined;
  } catch {
    return text.split(',').map((name) => name.trim());
  }
}

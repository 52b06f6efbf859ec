import type { InferenceSession } from 'onnxruntime-node';
import { ScorerError, type Problem } from '../errors.ts';
import type { InputSignature } from '../flow/features.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { notARowEach, probeBatches } from './batch-probe.ts';
import type { Bundle } from './bundle.ts';
import { classNames } from './class-names.ts';
import { fixedRows, inEvenBatches, inFixedBatches, type RunTensors } from './fixed-batch.ts';
import type { Model } from './model.ts';
import { isQuantisedByBatch, modelNotes, modelWarnings } from './model-notes.ts';
import type { TrialRows } from './not-scored.ts';
import { runnerOf } from './onnx-run.ts';
import { inputSignature, zeros } from './onnx-input.ts';
import { openModel, unreadable, type Opened } from './onnx-open.ts';
import { tryTrees } from './tree-run.ts';
import { chooseOutput, chooseScore, type OutputSignature } from './score-output.ts';

export interface OnnxOptions {
  /** Threads inside one run. The runtime's own default would count the host's cores, not the container's. */
  readonly threads: number;
  readonly name: string;
  /** Whether decision trees are compiled where they can be. */
  readonly compileTrees: boolean;
  /** Whether it is tried if its scores depend on the batch; default: yes. */
  readonly probe?: boolean;
  /** Hears which rows a run begins with while the model is opened, and when it has ended. */
  readonly onTrial?: (rows: TrialRows | undefined) => void;
}

const NOT_COMPARED = 'whether its scores depend on the batch could not be tried: it takes none of the rows that were made for that'; // prettier-ignore

/** Operators that draw numbers. */
const DRAWING = new Set(['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Bernoulli', 'Multinomial', 'Dropout']); // prettier-ignore

/** What a service takes at a time, where nothing else is said. */
const USUAL_BATCH = 1024;

/** Rows of the first runs: one alone, and a few, which shows whether the model answers row by row. */
const PROBES = [1, 3];

/**
 * Loads a bundle's model and runs it on zeros in each of its warm-up sizes. Throws MODEL_UNREADABLE, MODEL_OPERATOR,
 * MODEL_NOT_FOUND (weights beside it), MODEL_INPUT or MODEL_OUTPUT.
 */
export async function loadOnnxModel(bundle: Bundle, options: OnnxOptions): Promise<Model> {
  const opened = await openModel(bundle, options.threads);
  try {
    return await prepare(opened, bundle, options);
  } catch (error) {
    await opened.session.release();
    throw error;
  }
}

/** The outputs that a score may come from: those of the file, and the tensors behind its ZipMaps in their place. */
export function outputSignatures({ session, graph, zipMaps }: Opened): OutputSignature[] {
  const unzipped = zipMaps.map(({ output, tensor, classes }) => ({ name: output, type: 'float32', tensor, classes }));
  const hidden = new Set(zipMaps.map(({ tensor }) => tensor).filter((tensor) => !graph!.outputs.includes(tensor)));
  const declared = session.outputMetadata.filter((output) => !hidden.has(output.name)).map(outputSignature);
  return [...declared, ...unzipped];
}

async function prepare(
  opened: Opened,
  bundle: Bundle,
  { name, compileTrees, probe: tried = true, onTrial }: OnnxOptions,
): Promise<Model> {
  const { session, graph, zipMaps } = opened;
  const { modelFile, yamlFile, description } = bundle;
  const identity: ModelIdentity = { name, version: bundle.version, sha256: description.sha256 };
  const inputs = session.inputMetadata.map((input) => inputSignature(input, modelFile));
  const size = oneSize(inputs, modelFile);
  const output = chooseOutput(outputSignatures(opened), description.outputs, yamlFile);

  const runPlain = runnerOf(session, output.tensor);
  let trial: TrialRows | undefined = onTrial === undefined ? undefined : 'zeros';
  const runTold: RunTensors = async (tensors, rows) => {
    if (trial === undefined) return runPlain(tensors, rows);
    onTrial!(trial);
    return runPlain(tensors, rows).finally(() => {
      onTrial!(undefined);
    });
  };
  const runOnce = onTrial === undefined ? runPlain : runTold;
  const { batchDependent: alone } = description;
  let run = size === null ? (alone ? runOnce : inEvenBatches(runOnce)) : inFixedBatches(runOnce, size);
  if (alone) run = inFixedBatches(run, 1);

  const listed = new Map(description.inputs.map((input) => [input.name, input]));
  const probe = (rows: number): InputTensor[] => inputs.map((input) => zeros(input, listed.get(input.name), rows));
  const first = await (size === null ? runOnce : run)(probe(PROBES[0]!), PROBES[0]!).catch((error: unknown) => {
    const unfed = inputs.filter((input) => !listed.has(input.name));
    if (unfed.length > 0) throw new ScorerError(unfed.map((input) => nothingFeeds(input, yamlFile)));
    throw unreadable(error, modelFile, 'it cannot run on the columns that model.yaml gives');
  });
  for (const rows of [...PROBES.slice(1), ...description.warmup]) {
    const answer = await run(probe(rows), rows).catch((error: unknown) => {
      throw unreadable(error, modelFile, `it cannot run on ${rows} rows at once`);
    });
    if (answer.rows !== rows || answer.width !== first.width)
      throw notARowEach(output.name, answer.rows, rows, yamlFile);
  }
  trial &&= 'others';
  const compared =
    !tried ||
    (await probeBatches({
      run,
      zeros: probe,
      specs: description.inputs,
      texts: graph?.texts ?? [],
      output: output.name,
      yamlFile,
      rounding: isQuantisedByBatch(graph),
      halves: graph?.halves === true || inputs.some(({ type }) => type === 'float16'),
      draws: graph?.nodes.some(({ operator }) => DRAWING.has(operator)) ?? false,
      most: Math.max(USUAL_BATCH, ...description.warmup),
      alone,
    }));
  const rows = PROBES.at(-1)!;
  const trees = await tryTrees(opened, {
    sample: probe(rows),
    output: output.tensor,
    run: runOnce,
    compileTrees,
    size,
    alone,
  });
  trial = undefined;
  if (trees.served !== undefined) run = inEvenBatches(trees.served.run);
  const { width } = first;
  const named = output.classes ?? (graph === undefined ? undefined : classNames(graph, output.tensor, width));
  const { column, classes, scoreFrom, question } = chooseScore(
    width,
    description.outputs,
    output.name,
    named,
    yamlFile,
  );

  return {
    identity,
    inputs,
    scoreFrom,
    classes,
    quantisedByBatch: !alone && isQuantisedByBatch(graph),
    notes: [...modelNotes(size, zipMaps, alone), ...trees.notes],
    warnings: [
      ...modelWarnings(graph, Object.keys(description.files), alone),
      ...(compared ? [] : [NOT_COMPARED]),
      ...(question === undefined ? [] : [question]),
    ],
    async score(tensors, rows): Promise<Scores> {
      const { data, rows: answered, width: wide } = await run(tensors, rows);
      // Some models answer with other sizes for other rows: then no number says which event it is of.
      if (rows > 0 && (answered !== rows || wide !== width)) throw notARowEach(output.name, answered, rows, yamlFile);
      const perClass = classes === null ? null : toDoubles(data);
      const score = column === null ? highest(perClass!, rows, width) : takeColumn(data, rows, width, column);
      return { model: identity, score, classes, perClass };
    },
    release: async () => {
      await trees.served?.release();
      await session.release();
    },
  };
}

function toDoubles(data: ArrayLike<number | bigint>): Float64Array {
  const doubles = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) doubles[i] = Number(data[i]);
  return doubles;
}

function takeColumn(data: ArrayLike<number | bigint>, rows: number, width: number, column: number): Float64Array {
  const score = new Float64Array(rows);
  for (let row = 0, i = column; row < rows; row++, i += width) score[row] = Number(data[i]);
  return score;
}

function highest(perClass: Float64Array, rows: number, width: number): Float64Array {
  const score = new Float64Array(rows);
  for (let row = 0; row < rows; row++) score[row] = Math.max(...perClass.subarray(row * width, (row + 1) * width));
  return score;
}

/** What the contract says of it too; here it is why the first run failed, and the contract is not reached. */
function nothingFeeds({ name, type }: InputSignature, where: string): Problem {
  const what = `nothing feeds the model's input ${name} (${type})`;
  return { code: 'MODEL_INPUT', what, where: `${where} inputs`, remedy: `Add inputs.${name} with its columns.` };
}

/** A model that takes a fixed number of rows must take the same number in all its inputs. */
function oneSize(inputs: readonly InputSignature[], file: string): number | null {
  const sizes = new Set(inputs.flatMap(({ rows }) => (rows === null ? [] : [rows])));
  if (sizes.size <= 1) return fixedRows(inputs);
  throw new ScorerError({
    code: 'MODEL_INPUT',
    what: `the inputs are made for different numbers of rows: ${inputs.map((input) => `${input.name} ${input.rows ?? 'any'}`).join(', ')}`,
    where: file,
    remedy: 'Export the model with a dynamic batch dimension.',
  });
}

function outputSignature(output: InferenceSession.ValueMetadata): OutputSignature {
  return { name: output.name, tensor: output.name, type: output.isTensor ? output.type : undefined };
}

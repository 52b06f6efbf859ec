import { ScorerError, type Problem } from '../errors.ts';
import { unfed, type InputSignature } from '../flow/features.ts';
import type { ModelIdentity, Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { notARowEach, probeBatches } from './batch-probe.ts';
import type { Bundle } from './bundle.ts';
import { classNames, textLabel } from './class-names.ts';
import { unreadLabelQuestion } from './class-question.ts';
import { oneColumn } from './one-column.ts';
import { fixedRows, inEvenBatches, inFixedBatches, type RunTensors } from './fixed-batch.ts';
import type { CreateExplainer, Model } from './model.ts';
import { drawsNumbers, isQuantisedByBatch, modelNotes, modelWarnings } from './model-notes.ts';
import { RunFailed, type TrialRows } from './run-failures.ts';
import { explainWith } from './onnx-explain.ts';
import { rawOutputs } from './onnx-outputs.ts';
import { runnerOf } from './onnx-run.ts';
import { inputSignature, zeros } from './onnx-input.ts';
import { outputSignatures } from './onnx-output-signatures.ts';
import { acceptedRow } from './accepted-row.ts';
import { takeRows } from '../flow/take-rows.ts';
import { openModel, unreadable, type Opened } from './onnx-open.ts';
import { ModelRefused } from './model-refused.ts';
import { highest, takeColumn, toDoubles } from './score-columns.ts';
import { tryTrees } from './tree-run.ts';
import { chooseOutput, chooseScore, type OutputSignature } from './score-output.ts';

export interface OnnxOptions {
  /**
   * Threads within one run. The default of the runtime would count the cores of the host, not of
   * the container.
   */
  readonly threads: number;
  readonly name: string;
  /** Whether decision trees are compiled, if possible. */
  readonly compileTrees: boolean;
  /** Whether to test that its scores do not depend on the batch; default: yes. */
  readonly probe?: boolean;
  /**
   * Called with the kind of rows when a test run begins while the model is opened, and without when
   * it has ended.
   */
  readonly onTrial?: (rows: TrialRows | undefined) => void;
  /** Awaited between the steps of the opening, so that other work of this process can run. */
  readonly breathe?: (() => Promise<void>) | undefined;
  /** Explains the model in this process. */
  readonly createExplainer?: CreateExplainer | undefined;
}

const NOT_COMPARED =
  'the program could not test whether the scores depend on the batch: the model accepts none of the rows of this test';

/** The usual number of rows of a service, by default. */
const USUAL_BATCH = 1024;

/**
 * Rows of the first runs: a single one, and a few, which shows whether the model answers row by
 * row.
 */
const PROBES = [1, 3];

/**
 * Loads the model of a bundle and runs it on zeros, once for each warm-up size. Throws
 * MODEL_UNREADABLE, MODEL_OPERATOR, MODEL_NOT_FOUND (for a file with weights), MODEL_INPUT or
 * MODEL_OUTPUT.
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

/** Compares the whole file with model.yaml, so that all problems are reported together. */
async function prepare(opened: Opened, bundle: Bundle, options: OnnxOptions): Promise<Model> {
  const { modelFile, yamlFile, description } = bundle;
  const problems: Problem[] = [];
  const gather = <T>(look: () => T): T | undefined => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const all = opened.session.inputMetadata;
  const inputs = all.flatMap((input) => gather(() => inputSignature(input, modelFile)) ?? []);
  const names = new Set(inputs.map((input) => input.name));
  const known = {
    inputs,
    unusable: all.map((input) => input.name).filter((input) => !names.has(input)),
  };
  const size = gather(() => oneSize(inputs, modelFile));
  const output = gather(() =>
    chooseOutput(outputSignatures(opened), description.outputs, yamlFile),
  );
  // If model.yaml has no valid inputs, there is nothing to run the model on.
  const unknown = bundle.doubtful.has('inputs');
  if (size === undefined || output === undefined || unknown || problems.length > 0) {
    throw new ModelRefused(problems, known);
  }
  try {
    return await tryRuns(opened, bundle, options, { inputs, size, output, gather });
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    throw new ModelRefused([...problems, ...error.problems], known, { cause: error });
  }
}

interface Compared {
  readonly inputs: readonly InputSignature[];
  /** The number of rows that the model takes; null: any. */
  readonly size: number | null;
  readonly output: OutputSignature;
  /** Collects problems until the end. */
  readonly gather: <T>(look: () => T) => T | undefined;
}

async function tryRuns(
  opened: Opened,
  bundle: Bundle,
  { name, compileTrees, probe: tried = true, onTrial, breathe, createExplainer }: OnnxOptions,
  { inputs, size, output, gather }: Compared,
): Promise<Model> {
  const { session, graph, zipMaps } = opened;
  const { modelFile, yamlFile, description } = bundle;
  const identity: ModelIdentity = { name, version: bundle.version, sha256: description.sha256 };

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
  let run =
    size === null ? (alone ? runOnce : inEvenBatches(runOnce)) : inFixedBatches(runOnce, size);
  if (alone) run = inFixedBatches(run, 1);

  const listed = new Map(description.inputs.map((input) => [input.name, input]));
  let taken: readonly InputTensor[] | undefined;
  const probe = (rows: number): InputTensor[] =>
    taken === undefined
      ? inputs.map((input) => zeros(input, listed.get(input.name), rows))
      : takeRows(taken, new Array<number>(rows).fill(0));
  const runFirst = size === null ? runOnce : run;
  const first = await runFirst(probe(PROBES[0]!), PROBES[0]!).catch(async (error: unknown) => {
    const hungry = inputs.filter((input) => !listed.has(input.name));
    // The comparison with the events reports this too. Here it is the reason why the first run
    // failed.
    if (hungry.length > 0)
      throw new ScorerError(
        hungry.map((input) => ({
          code: 'MODEL_INPUT',
          where: `${yamlFile} inputs`,
          ...unfed(input),
        })),
      );
    const known = { texts: graph?.texts ?? [], numbers: graph?.numbers ?? [] };
    if (error instanceof RunFailed && !error.isOfMemory)
      taken = await acceptedRow(runFirst, probe(1), known);
    if (taken !== undefined) return runFirst(probe(PROBES[0]!), PROBES[0]!);
    throw unreadable(error, modelFile, 'the model cannot run on the columns that model.yaml lists');
  });
  const { width } = first;
  const warm = [first];
  for (const rows of [...PROBES.slice(1), ...description.warmup]) {
    await breathe?.();
    const answer = await run(probe(rows), rows).catch((error: unknown) => {
      throw unreadable(error, modelFile, `the model cannot run on ${rows} rows at once`);
    });
    if (answer.rows !== rows || answer.width !== width)
      throw notARowEach(output.name, answer.rows, rows, yamlFile);
    warm.push(answer);
  }
  const named =
    output.classes ?? (graph === undefined ? undefined : classNames(graph, output.tensor, width));
  const one = width === 1 ? oneColumn(graph, output) : undefined;
  const { outputs } = description;
  const choice =
    outputs.vague === true
      ? undefined
      : gather(() => chooseScore(width, outputs, output.name, named, yamlFile, one));
  trial &&= 'others';
  const compared =
    !tried ||
    (await probeBatches({
      run,
      zeros: probe,
      specs: description.inputs,
      texts: graph?.texts ?? [],
      // Without fractions, rows could not be distinguished.
      fractionsOnly: taken !== undefined && inputs.some(({ type }) => type.startsWith('float')),
      output: output.name,
      yamlFile,
      rounding: isQuantisedByBatch(graph),
      halves: graph?.halves === true || inputs.some(({ type }) => type === 'float16'),
      draws: drawsNumbers(graph),
      most: Math.max(USUAL_BATCH, ...description.warmup),
      alone,
    }));
  // its mistake is among the problems
  if (choice === undefined) throw new ScorerError([]);
  const { column, classes, scoreFrom } = choice;
  const scoreOf = ({ data, rows }: (typeof warm)[number]): Float64Array =>
    column === null ? highest(toDoubles(data), rows, width) : takeColumn(data, rows, width, column);
  const models = [identity];
  const unread =
    named === undefined &&
    one === undefined &&
    outputs.classes === undefined &&
    outputs.score?.column === undefined;
  const label =
    graph && unread && column !== null
      ? textLabel(graph, output.tensor, textsOf(opened))
      : undefined;
  const question =
    choice.question ??
    (label === undefined ? undefined : unreadLabelQuestion(label, output.name, column!));
  const rows = PROBES.at(-1)!;
  const trees = await tryTrees(opened, {
    sample: probe(rows),
    output: output.tensor,
    run: runOnce,
    compileTrees,
    size,
    alone,
    breathe,
  });
  trial = undefined;
  if (trees.served !== undefined) run = inEvenBatches(trees.served.run);
  const raw = rawOutputs(opened, alone ? 1 : size);
  const model: Model = {
    identity,
    inputs,
    outputs: raw.outputs,
    scoreFrom,
    classes,
    finiteAtWarmup: warm.some((answer) => scoreOf(answer).some(Number.isFinite)),
    quantisedByBatch: !alone && isQuantisedByBatch(graph),
    notes: [...modelNotes(size, zipMaps, alone), ...trees.notes],
    warnings: [
      ...modelWarnings(graph, Object.keys(description.files), alone),
      ...(compared ? [] : [NOT_COMPARED]),
      ...(question === undefined ? [] : [question]),
    ],
    async score(tensors, rows): Promise<Scores> {
      const { data, rows: answered, width: wide } = await run(tensors, rows);
      // Some models return other sizes for other rows. Then it is not known which number belongs to
      // which event.
      if (rows > 0 && (answered !== rows || wide !== width)) {
        throw new RunFailed(notARowEach(output.name, answered, rows, yamlFile).problems[0]!.what);
      }
      const perClass = classes === null ? null : toDoubles(data);
      const score =
        column === null ? highest(perClass!, rows, width) : takeColumn(data, rows, width, column);
      return { models, modelOf: null, score, classes, perClass };
    },
    run: raw.run,
    release: async () => {
      await trees.served?.release();
      await session.release();
    },
  };
  return explainWith(createExplainer, model, { ...opened, column, tensor: output.tensor });
}

/** A model with a fixed number of rows must have the same number in all its inputs. */
function oneSize(inputs: readonly InputSignature[], file: string): number | null {
  const sizes = new Set(inputs.flatMap(({ rows }) => (rows === null ? [] : [rows])));
  if (sizes.size <= 1) return fixedRows(inputs);
  throw new ScorerError({
    code: 'MODEL_INPUT',
    what: `the inputs of the model need different numbers of rows: ${inputs.map((input) => `${input.name} ${input.rows ?? 'any'}`).join(', ')}`,
    where: file,
    remedy: 'Export the model with a dynamic batch dimension.',
  });
}

const textsOf = ({ session }: Opened): string[] =>
  session.outputMetadata.flatMap((output) =>
    output.isTensor && output.type === 'string' ? [output.name] : [],
  );

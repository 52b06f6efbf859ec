import { ScorerError } from '../errors.ts';
import type { OutputSpec } from './model-yaml.ts';

/** An output of the model; `type` undefined for sequences and maps that hold no served tensor. */
export interface OutputSignature {
  /** As the file declares it. */
  readonly name: string;
  readonly type: string | undefined;
  /** What is asked of the runtime: the output itself, or the tensor behind a ZipMap. */
  readonly tensor: string;
  /** Class names that the output itself declares. */
  readonly classes?: readonly string[];
}

const NUMBERS = new Set(['float32', 'float64', 'float16']);

/** Names under which converters put class probabilities or decision values. */
const USUAL_NAMES = ['probabilities', 'output_probability', 'probability', 'scores', 'score', 'variable'];

/** The output that holds the score: the one model.yaml names, or the only sensible one. Throws MODEL_OUTPUT. */
export function chooseOutput(outputs: readonly OutputSignature[], spec: OutputSpec, where: string): OutputSignature {
  const list = outputs.map((output) => `${output.name} (${output.type ?? 'not a tensor'})`).join(', ');
  const refuse = (what: string, remedy?: string): ScorerError =>
    new ScorerError({
      code: 'MODEL_OUTPUT',
      what,
      where: `${where} outputs.score`,
      ...(remedy === undefined ? {} : { remedy }),
    });

  const named = spec.score?.tensor;
  if (named !== undefined) {
    const output = outputs.find(({ name }) => name === named) ?? outputs.find(({ tensor }) => tensor === named);
    if (output === undefined) throw refuse(`the model has no output ${named}; it has ${list}`);
    if (output.type === undefined) throw notATensor(refuse, named);
    if (output.type === 'string') throw refuse(`the output ${named} holds text, not numbers; the model has ${list}`);
    return output;
  }
  const numbers = outputs.filter((output) => NUMBERS.has(output.type ?? ''));
  const usual = numbers.filter((output) => USUAL_NAMES.includes(output.name));
  const candidates = numbers.length > 1 && usual.length > 0 ? usual : numbers;
  if (candidates.length === 1) return candidates[0]!;
  const other = outputs.find((output) => output.type === undefined);
  if (candidates.length === 0 && other !== undefined) throw notATensor(refuse, other.name);
  throw refuse(
    `more than one or no output could be the score: ${list}`,
    'Name one of them in model.yaml: outputs: { score: { tensor: NAME, column: 0 } }.',
  );
}

function notATensor(refuse: (what: string, remedy: string) => ScorerError, name: string): ScorerError {
  return refuse(
    `the output ${name} is a sequence or a map, which ONNX Runtime does not hand to Node`,
    'Export the model so that the numbers are an output as a tensor (in skl2onnx: options zipmap=False).',
  );
}

export interface ScoreChoice {
  /** The column that is the score; null: the highest of the row, the probability of the most probable class. */
  readonly column: number | null;
  /** Names of all columns, where scores by class are written. */
  readonly classes: readonly string[] | null;
}

/**
 * Which column of the tensor is the score, once its width is known from a first run, and how its classes are called:
 * `named` by the model, or by model.yaml. Two columns are no and yes, and need no names. Throws MODEL_OUTPUT.
 */
export function chooseScore(
  width: number,
  spec: OutputSpec,
  output: string,
  named: readonly string[] | undefined,
  where: string,
): ScoreChoice {
  const refuse = (what: string, at: string, remedy?: string): ScorerError =>
    new ScorerError({
      code: 'MODEL_OUTPUT',
      what,
      where: `${where} ${at}`,
      ...(remedy === undefined ? {} : { remedy }),
    });
  if (spec.classes !== undefined && spec.classes.length !== width) {
    const what = `model.yaml names ${spec.classes.length} classes, but ${output} has ${width} columns`;
    throw refuse(what, 'outputs.classes', 'Name a class for each column, in their order.');
  }
  const classes = spec.classes ?? (width > 2 && named?.length === width ? named : null);
  const column = spec.score?.column;
  if (column !== undefined) {
    if (column < width) return { column, classes };
    const what = `outputs.score.column is ${column}, but ${output} has ${width} columns (0 to ${width - 1})`;
    throw refuse(what, 'outputs.score');
  }
  if (width <= 2) return { column: width - 1, classes };
  if (classes !== null) return { column: null, classes };
  throw refuse(
    `${output} has ${width} columns and model.yaml does not say which is the score (outputs.score.column)`,
    'outputs.score',
    'Set outputs.score.column, or name the classes in outputs.classes: the highest is the score then.',
  );
}

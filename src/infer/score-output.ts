import { ScorerError } from '../errors.ts';
import { classQuestion, quoted } from './class-question.ts';
import type { OutputSpec } from './model-description.ts';
import type { BinaryColumn } from './one-column.ts';
import { chooseBinaryScore } from './binary-score.ts';
import { columnOf, type ScoreChoice } from './score-choice.ts';

/** An output of the model; `type` is undefined for sequences and maps without a usable tensor. */
export interface OutputSignature {
  /** As the file declares it. */
  readonly name: string;
  readonly type: string | undefined;
  /** The name for the runtime: the output itself, or the tensor behind a ZipMap. */
  readonly tensor: string;
  /** Class names that the output itself declares. */
  readonly classes?: readonly string[];
}

const NUMBERS = new Set(['float32', 'float64', 'float16']);

/** Names under which converters put class probabilities or decision values. */
const USUAL_NAMES = [
  'probabilities',
  'output_probability',
  'probability',
  'scores',
  'score',
  'variable',
];

/**
 * The output with the score: the one in model.yaml, or the only possible one. Throws MODEL_OUTPUT.
 */
export function chooseOutput(
  outputs: readonly OutputSignature[],
  spec: OutputSpec,
  where: string,
): OutputSignature {
  const chosen = anyOutput(outputs, spec, where);
  if (chosen.tensor !== '__proto__') return chosen;
  const what = 'the output with the score is called __proto__, which cannot be used as a name here';
  throw new ScorerError({
    code: 'MODEL_OUTPUT',
    what,
    where: `${where} outputs.score`,
    remedy: 'Export the model with another name for this output.',
  });
}

function anyOutput(
  outputs: readonly OutputSignature[],
  spec: OutputSpec,
  where: string,
): OutputSignature {
  const list = outputs
    .map((output) => `${output.name} (${output.type ?? 'not a tensor'})`)
    .join(', ');
  const refuse = (what: string, remedy?: string): ScorerError =>
    new ScorerError({
      code: 'MODEL_OUTPUT',
      what,
      where: `${where} outputs.score`,
      ...(remedy === undefined ? {} : { remedy }),
    });

  const named = spec.score?.tensor;
  if (named !== undefined) {
    const output =
      outputs.find(({ name }) => name === named) ?? outputs.find(({ tensor }) => tensor === named);
    if (output === undefined) throw refuse(`the model has no output ${named}; it has ${list}`);
    if (output.type === undefined) throw notATensor(refuse, named);
    if (output.type === 'string')
      throw refuse(`the output ${named} has strings, not numbers; the model has ${list}`);
    return output;
  }
  const numbers = outputs.filter((output) => NUMBERS.has(output.type ?? ''));
  const usual = numbers.filter((output) => USUAL_NAMES.includes(output.name));
  const candidates = numbers.length > 1 && usual.length > 0 ? usual : numbers;
  if (candidates.length === 1) return candidates[0]!;
  // a mistake in model.yaml may hide which one is meant
  if (spec.vague === true) throw new ScorerError([]);
  const other = outputs.find((output) => output.type === undefined);
  if (candidates.length === 0 && other !== undefined) throw notATensor(refuse, other.name);
  throw refuse(
    candidates.length > 1
      ? `more than one output could be the score: ${list}`
      : `no output has a float type (float16, float32, float64), and only such an output is chosen as the score automatically: ${list}`,
    'Choose one of them in model.yaml: outputs: { score: { tensor: NAME, column: 0 } }.',
  );
}

function notATensor(
  refuse: (what: string, remedy: string) => ScorerError,
  name: string,
): ScorerError {
  return refuse(
    `the output ${name} is a sequence, a map or an optional value, which ONNX Runtime does not return in Node.js`,
    'Export the model so that the output with the numbers is a tensor (in skl2onnx: options zipmap=False).',
  );
}

/**
 * The column of the tensor with the score, once a first run has shown its width, and the names of
 * its classes: from the model (`named`), or from model.yaml. Two columns are no and yes, and need
 * no names. `one`: the two classes of a model with one column. Throws MODEL_OUTPUT.
 */
export function chooseScore(
  width: number,
  spec: OutputSpec,
  output: string,
  named: readonly string[] | undefined,
  where: string,
  one?: BinaryColumn,
): ScoreChoice {
  const refuse = (what: string, at: string, remedy?: string): ScorerError =>
    new ScorerError({
      code: 'MODEL_OUTPUT',
      what,
      where: `${where} ${at}`,
      ...(remedy === undefined ? {} : { remedy }),
    });
  const ofTwo =
    width === 1 &&
    (spec.classes?.length === 2 || (spec.classes === undefined && one !== undefined));
  if (spec.classes !== undefined && spec.classes.length !== width && !ofTwo) {
    const what = `model.yaml names ${spec.classes.length} classes, but ${output} has ${width} columns`;
    throw refuse(
      what,
      'outputs.classes',
      'Name one class for each column, in the order of the columns.',
    );
  }
  const inFile = ofTwo ? one?.names : named?.length === width ? named : undefined;
  if (spec.classes !== undefined && inFile !== undefined && isOtherOrder(spec.classes, inFile)) {
    const what = `model.yaml names the classes in another order than the model: its classes are ${inFile.map(quoted).join(', ')}`;
    throw refuse(
      what,
      'outputs.classes',
      'Remove outputs.classes, or list the classes in the order of the model.',
    );
  }
  const labels = spec.classes ?? inFile;
  if (ofTwo) return chooseBinaryScore(spec, output, { labels: labels!, one, refuse });
  const classes = spec.classes ?? (width > 2 ? (inFile ?? null) : null);
  const take = (column: number, asked: boolean): ScoreChoice => {
    const label = labels?.[column];
    const scoreFrom = `${output}[:,${column}]${label === undefined ? '' : ` = ${quoted(label)}`}`;
    return {
      column,
      classes,
      scoreFrom,
      question: asked && labels ? classQuestion(labels, column, output) : undefined,
    };
  };
  const { column, class: wanted } = spec.score ?? {};
  if (wanted !== undefined) return take(columnOf(wanted, labels, output, refuse), false);
  if (column !== undefined) {
    if (column < width) return take(column, false);
    const what = `outputs.score.column is ${column}, but ${output} has ${width} columns (0 to ${width - 1})`;
    throw refuse(what, 'outputs.score');
  }
  if (width <= 2) return take(width - 1, true);
  const highest = `highest of ${output}[:,0..${width - 1}]`;
  if (classes !== null) return { column: null, classes, scoreFrom: highest, question: undefined };
  throw refuse(
    `${output} has ${width} columns, and model.yaml does not say which one is the score (outputs.score.column)`,
    'outputs.score',
    'Set outputs.score.column. Or name the classes in outputs.classes: then the highest probability is the score.',
  );
}

function isOtherOrder(given: readonly string[], own: readonly string[]): boolean {
  return given.every((name) => own.includes(name)) && given.some((name, i) => name !== own[i]);
}

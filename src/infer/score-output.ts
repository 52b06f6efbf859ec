import { ScorerError } from '../errors.ts';
import type { OutputSpec } from './model-yaml.ts';

/** An output of the model as the file declares it; `type` undefined for sequences and maps. */
export interface OutputSignature {
  readonly name: string;
  readonly type: string | undefined;
}

const NUMBERS = new Set(['float32', 'float64']);

/** Names under which converters put class probabilities or decision values. */
const USUAL_NAMES = ['probabilities', 'output_probability', 'probability', 'scores', 'score', 'variable'];

/** The tensor that holds the score: the one model.yaml names, or the only sensible one. Throws MODEL_OUTPUT. */
export function chooseTensor(outputs: readonly OutputSignature[], spec: OutputSpec, where: string): string {
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
    const output = outputs.find((candidate) => candidate.name === named);
    if (output === undefined) throw refuse(`the model has no output ${named}; it has ${list}`);
    if (output.type === undefined) throw notATensor(refuse, named);
    if (output.type === 'string') throw refuse(`the output ${named} holds text, not numbers; the model has ${list}`);
    return named;
  }
  const numbers = outputs.filter((output) => NUMBERS.has(output.type ?? ''));
  const usual = numbers.filter((output) => USUAL_NAMES.includes(output.name));
  const candidates = numbers.length > 1 && usual.length > 0 ? usual : numbers;
  if (candidates.length === 1) return candidates[0]!.name;
  const maps = outputs.find((output) => output.type === undefined);
  if (candidates.length === 0 && maps !== undefined) throw notATensor(refuse, maps.name);
  throw refuse(`more than one or no output could be the score: ${list}`);
}

function notATensor(refuse: (what: string, remedy: string) => ScorerError, name: string): ScorerError {
  return refuse(
    `the output ${name} is a sequence of maps (ZipMap), which ONNX Runtime does not hand to Node`,
    'Export the model without ZipMap (options zipmap=False).',
  );
}

/** Which column of the tensor is the score, once its width is known from a first run. */
export function chooseColumn(width: number, spec: OutputSpec, tensor: string, where: string): number {
  const refuse = (what: string): ScorerError =>
    new ScorerError({ code: 'MODEL_OUTPUT', what, where: `${where} outputs.score` });
  const column = spec.score?.column;
  if (column !== undefined) {
    if (column < width) return column;
    throw refuse(`outputs.score.column is ${column}, but ${tensor} has ${width} columns (0 to ${width - 1})`);
  }
  if (width <= 2) return width - 1;
  throw refuse(`${tensor} has ${width} columns and model.yaml does not say which is the score (outputs.score.column)`);
}

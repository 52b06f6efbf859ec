import type { Background } from '../flow/attributions.ts';
import { NotLinear, readLinear, type LinearTarget } from '../onnx/linear-model.ts';
import { NotThisWay, type Explainable, type Way } from './explainable.ts';
import { Inner, type Matrix } from './inner.ts';

/** How far the scores of the model may be from those of its linear function. */
const TOLERANCE = 1e-5;

/**
 * Exact values of a linear or logistic model: a weight times how far the number is from its mean in
 * the background. Its linear function is read from the file, and what follows is tested: the
 * function and the logistic or softmax function have to make the scores of the model.
 */
export async function linearWay(model: Explainable, background: Background): Promise<Way> {
  const { tensors, rows } = background;
  if (rows === 0) throw new NotThisWay('there is no background');
  const { bytes, output } = await model.file();
  const linear = read(bytes, output);
  const inner = await Inner.open(model, { name: linear.input, front: linear.front }, background);
  try {
    const { matrix } = inner;
    if (linear.targets.some(({ weights }) => weights.length !== matrix.width))
      throw new NotThisWay('its linear function has another number of columns');
    const { score } = await model.score(tensors, rows);
    const scored = scoringOf(linear.targets, matrix, rows, score);
    if (scored === undefined)
      throw new NotThisWay('its scores are not made of its linear function alone');
    const { weights, bias, link } = scored;
    const { width } = matrix;
    const means = new Float64Array(width);
    for (let i = 0; i < rows * width; i++) means[i % width]! += matrix.values[i]! / rows;
    const base = weights.reduce((sum, weight, i) => sum + weight * means[i]!, bias);
    return {
      by: {
        method: 'linear',
        space: link === 'identity' ? 'score' : 'margin',
        notes: [`exact: a linear function of ${width} numbers, against ${rows} events`],
      },
      explain: async (given, count) => {
        const { values } = await inner.matrixOf(given, count);
        const added = values.map((value, i) => {
          const column = i % width;
          return weights[column]! * (value - means[column]!);
        });
        return inner.byField(added, width, count, base);
      },
    };
  } catch (error) {
    await inner.release();
    throw error;
  }
}

function read(bytes: Uint8Array, output: string): ReturnType<typeof readLinear> {
  try {
    return readLinear(bytes, output);
  } catch (error) {
    throw error instanceof NotLinear ? new NotThisWay(error.message) : error;
  }
}

interface Scoring extends LinearTarget {
  readonly link: 'identity' | 'logistic' | 'softmax';
}

/** The linear function whose number becomes the score, if there is one. */
function scoringOf(
  targets: readonly LinearTarget[],
  { width, values }: Matrix,
  rows: number,
  scores: Float64Array,
): Scoring | undefined {
  if (new Set(scores).size < 2) return undefined; // nothing could be told apart
  const numbersOf = ({ weights, bias }: LinearTarget): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => {
      let sum = bias;
      for (let i = 0; i < width; i++) sum += weights[i]! * values[row * width + i]!;
      return sum;
    });
  const all = targets.map(numbersOf);
  const ways = candidates(targets).map((way) => ({ way, numbers: numbersOf(way) }));
  const made = (link: Scoring['link'], number: number, row: number): number => {
    if (link === 'identity') return number;
    if (link === 'logistic') return 1 / (1 + Math.exp(-number));
    return 1 / all.reduce((sum, other) => sum + Math.exp(other[row]! - number), 0);
  };
  return ways.find(({ way: { link }, numbers }) =>
    scores.every(
      (score, row) =>
        Math.abs(made(link, numbers[row]!, row) - score) <= TOLERANCE * (1 + Math.abs(score)),
    ),
  )?.way;
}

/** A number, its opposite, or of two the difference: the log-odds of a softmax of two. */
function candidates(targets: readonly LinearTarget[]): Scoring[] {
  const minus = (a: LinearTarget, b?: LinearTarget): LinearTarget => ({
    weights: a.weights.map((weight, i) => (b?.weights[i] ?? 0) - weight),
    bias: (b?.bias ?? 0) - a.bias,
  });
  return targets.flatMap((target, i) => [
    { ...target, link: 'identity' as const },
    { ...minus(target), link: 'identity' as const },
    { ...target, link: 'logistic' as const },
    { ...minus(target), link: 'logistic' as const },
    ...(targets.length === 2
      ? [{ ...minus(targets[1 - i]!, target), link: 'logistic' as const }]
      : []),
    ...(targets.length > 2 ? [{ ...target, link: 'softmax' as const }] : []),
  ]);
}

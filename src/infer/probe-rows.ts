import type { FeatureSpec, InputSpec, Part } from '../flow/features.ts';
import { widthOf } from '../flow/features.ts';
import { halfBits, roundToHalf } from '../flow/half.ts';
import type { InputTensor } from '../flow/tensors.ts';

/**
 * The sizes of the numbers in sets of probe rows. A model of ratios does not react to thousands,
 * and a model of amounts does not react to ratios.
 */
export const SCALES = [1, 0.1, 10, 1000, 100_000, 1e10] as const;

export interface ProbeRows {
  /** The inputs with the wanted number of rows. Their values are overwritten. */
  readonly tensors: readonly InputTensor[];
  readonly specs: readonly InputSpec[];
  /** Strings that occur in the model. */
  readonly texts: readonly string[];
  readonly scale: number;
  readonly seed: number;
  /** Only fractions are overwritten: the model accepts the rest as it is. */
  readonly fractionsOnly?: boolean;
}

/**
 * Fills tensors with possible rows: different in every column, with several sizes and signs,
 * categories by their index, strings that occur in the model and one that does not. The same seed
 * gives the same rows.
 */
export function fillProbeRows({
  tensors,
  specs,
  texts,
  scale,
  seed,
  fractionsOnly = false,
}: ProbeRows): InputTensor[] {
  const next = random(seed);
  return tensors.map((tensor) => {
    if (fractionsOnly && !tensor.type.startsWith('float')) return tensor;
    const columns = columnSpecs(specs.find(({ name }) => name === tensor.name)?.features ?? []);
    const words = texts.length === 0 ? WORDS : [...texts, WORDS[0]!];
    const length = tensor.values.length;
    const perRow = length / tensor.rows;
    // A part of the words, so that each word of a long list is used in some set.
    const first = Math.floor(next() * words.length);
    const at = (i: number): number => numberFor(columns[i % perRow], tensor.type, scale, next);
    const values = tensor.values;
    if (Array.isArray(values))
      return {
        ...tensor,
        values: values.map(
          () => words[(first + Math.floor(next() * words.length)) % words.length]!,
        ),
      };
    if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      return { ...tensor, values: values.map((_, i) => BigInt(at(i))) };
    if (tensor.type === 'float16')
      return {
        ...tensor,
        values: (values as Uint16Array).map((_, i) => halfBits(roundToHalf(at(i)))),
      };
    return { ...tensor, values: (values as Float32Array).map((_, i) => at(i)) };
  });
}

const WORDS = ['other', 'a', 'b', 'yes', 'no', '1', '0', 'the quick brown fox', ''];

/** The range of the numbers of a part, without transforms. */
const OF_PARTS: Partial<Record<Part, readonly [number, number]>> = {
  hourOfDay: [0, 23],
  dayOfWeek: [1, 7],
  dayOfMonth: [1, 31],
  monthOfYear: [1, 12],
  isWeekend: [0, 1],
  epochSeconds: [1.6e9, 1.8e9],
};

/** The feature of each column of a tensor. */
function columnSpecs(features: readonly FeatureSpec[]): FeatureSpec[] {
  return features.flatMap((feature) => new Array<FeatureSpec>(widthOf(feature)).fill(feature));
}

function numberFor(
  spec: FeatureSpec | undefined,
  type: string,
  scale: number,
  next: () => number,
): number {
  if (spec?.categories !== undefined) return Math.floor(next() * spec.categories.length);
  const range = spec?.part === undefined ? undefined : OF_PARTS[spec.part];
  if (range !== undefined) return Math.floor(range[0] + next() * (range[1] - range[0] + 1));
  if (spec?.oneHot !== undefined || type === 'bool') return next() < 0.5 ? 0 : 1;
  // Mostly between -1 and 1 times the scale, a few larger ones. Integers are positive, because many
  // are an index.
  if (type.includes('int')) return Math.floor(next() * Math.max(2, scale));
  return scale * (next() + next() + next() - 1.5) * (next() < 0.1 ? 3 : 1);
}

/**
 * A generator of numbers in [0, 1) with a fixed sequence: mulberry32 (Tommy Ettinger, public
 * domain).
 */
function random(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

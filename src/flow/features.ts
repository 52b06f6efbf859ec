import type { TensorType } from './tensors.ts';

export const TIME_PARTS = [
  'hourOfDay',
  'dayOfWeek',
  'dayOfMonth',
  'monthOfYear',
  'isWeekend',
  'epochSeconds',
] as const;
export type TimePart = (typeof TIME_PARTS)[number];

/** The meaning of the number of a part, for people. */
export const MEANING: Readonly<Record<TimePart, string>> = {
  hourOfDay: '0 to 23',
  dayOfWeek: '1 (Monday) to 7 (Sunday)',
  dayOfMonth: '1 to 31',
  monthOfYear: '1 to 12',
  isWeekend: '1 on Saturday and Sunday, else 0',
  epochSeconds: 'seconds since 1970',
};

/**
 * What can be taken from a value instead of the value: a part of a time, or a length (see
 * `FieldNeed`).
 */
export const PARTS = [...TIME_PARTS, 'length'] as const;
export type Part = (typeof PARTS)[number];

/**
 * What a one-hot group does with a value that is not listed: it sets no column, or one more column
 * at the end.
 */
export const UNKNOWN_ONE_HOT = ['zeros', 'column'] as const;
export type UnknownOneHot = (typeof UNKNOWN_ONE_HOT)[number];

/**
 * One step of a numeric transformation. Steps are applied in the order in which they are written.
 */
export type Transform =
  | { readonly kind: 'log' }
  | { readonly kind: 'log1p' }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number }
  | { readonly kind: 'scale'; readonly mean: number; readonly std: number };

/**
 * How one field of the event makes one column of the model, or several adjacent ones (`inputs` in
 * model.yaml).
 */
export interface FeatureSpec {
  /** See `parsePath`. */
  readonly field: string;
  /**
   * Replaces null and absent values, before any transformation. Without it such a record becomes a
   * dead letter.
   */
  readonly missing?: number | string;
  /** The field's values in the order of their index. */
  readonly categories?: readonly (string | number)[];
  /** The values of the field, one column each: 1 in the column of the value, 0 in the others. */
  readonly oneHot?: readonly (string | number)[];
  /**
   * Index of a value that is not in `categories`, or what `oneHot` does with it. Without it such a
   * record becomes a dead letter.
   */
  readonly unknown?: number | UnknownOneHot;
  /** The field is an array of this many numbers, one column each. */
  readonly vector?: number;
  /**
   * The field is an array of arrays of numbers with these dimensions, row-major. The innermost
   * arrays may be records.
   */
  readonly matrix?: readonly number[];
  /** For a `matrix` of records: the fields of a record, in the order of its numbers. */
  readonly fields?: readonly string[];
  readonly part?: Part;
  readonly timeZone?: string;
  readonly transforms: readonly Transform[];
  /** The entry in model.yaml is not valid, so only its field is examined ('' if unknown). */
  readonly vague?: boolean;
}

/** How many columns a feature fills. */
export function widthOf({ oneHot, unknown, vector, matrix }: FeatureSpec): number {
  if (matrix !== undefined) return matrix.reduce((product, size) => product * size, 1);
  if (oneHot === undefined) return vector ?? 1;
  return oneHot.length + (unknown === 'column' ? 1 : 0);
}

/** One input of the model with its columns in the order of model.yaml. */
export interface InputSpec {
  readonly name: string;
  readonly features: readonly FeatureSpec[];
  /** The entry in model.yaml is not valid, so the number of columns is unknown. */
  readonly vague?: boolean;
}

/** How many columns model.yaml lists for an input. */
export function columnsOf({ features }: InputSpec): number {
  return features.reduce((sum, feature) => sum + widthOf(feature), 0);
}

/** One input of the model as the ONNX file declares it. */
export interface InputSignature {
  readonly name: string;
  readonly type: TensorType;
  /**
   * Numbers of a row: k of [N,k], 1 of [N], 30 of [N,10,3]; null where the model leaves it open.
   */
  readonly columns: number | null;
  readonly flat: boolean;
  /** Dimensions after the rows, if there are several; null if the model leaves one open. */
  readonly inner?: readonly (number | null)[];
  /** The number of rows that the model was exported for; null if it takes any number. */
  readonly rows: number | null;
}

/** The problem that model.yaml does not name an input, and the remedy. */
export function unfed({ name, type, columns }: InputSignature): {
  readonly what: string;
  readonly remedy: string;
} {
  const what = `model.yaml has no columns for the input ${name} of the model (${type}[N,${columns ?? '?'}])`;
  return { what, remedy: `Add inputs.${name} and list its columns.` };
}

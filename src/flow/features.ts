import type { TensorType } from './tensors.ts';

export const TIME_PARTS = ['hourOfDay', 'dayOfWeek', 'dayOfMonth', 'monthOfYear', 'isWeekend', 'epochSeconds'] as const;
export type TimePart = (typeof TIME_PARTS)[number];

/** One step of a numeric transformation, applied in the order written. */
export type Transform =
  | { readonly kind: 'log' }
  | { readonly kind: 'log1p' }
  | { readonly kind: 'clip'; readonly min: number; readonly max: number }
  | { readonly kind: 'scale'; readonly mean: number; readonly std: number };

/** How one column of the model is made of one field of the event (`inputs` in model.yaml). */
export interface FeatureSpec {
  readonly field: string;
  /** Stands for null or absent, before any transformation. Without it such a record is a dead letter. */
  readonly missing?: number | string;
  /** The field's values in the order of their index. */
  readonly categories?: readonly (string | number)[];
  /** Index of a value that is not in `categories`. Without it such a record is a dead letter. */
  readonly unknown?: number;
  readonly part?: TimePart;
  readonly timeZone?: string;
  readonly transforms: readonly Transform[];
}

/** One input of the model as model.yaml feeds it: its columns in order. */
export interface InputSpec {
  readonly name: string;
  readonly features: readonly FeatureSpec[];
}

/** One input of the model as the ONNX file declares it. */
export interface InputSignature {
  readonly name: string;
  readonly type: TensorType;
  /** Columns of a [N,k] tensor, 1 for [N]; null where the model leaves it open. */
  readonly columns: number | null;
  readonly flat: boolean;
  /** The number of rows that the model was exported for; null where it takes any. */
  readonly rows: number | null;
}

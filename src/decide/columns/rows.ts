import type { Column } from '../../flow/events.ts';
import type { Vector } from './vector.ts';

/** What the conditions of a batch are evaluated over. */
export interface Rows {
  readonly rows: number;
  readonly score: Float64Array;
  /** The vector of a field by its place among the fields that the conditions read. */
  readonly field: (slot: number) => Vector;
  readonly column: (slot: number) => Column;
  /** The codes of a field that is a string (see `TextCodes`). */
  readonly codes: (slot: number) => Uint32Array;
  readonly segment: () => Vector;
  /** The version of the model that scored each row. */
  readonly version: () => Vector;
}

/** Evaluates one expression for all rows of a batch. */
export type Evaluate = (batch: Rows) => Vector;

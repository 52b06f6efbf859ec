import type { Column } from '../../flow/events.ts';
import type { ProfileMarks } from '../../flow/profile-marks.ts';
import type { Vector } from './vector.ts';

/** The segment of each row. */
export interface SegmentPlaces {
  /** Its place in `names` plus 1; 0: none. Null if no row has one. */
  readonly of: Uint16Array | null;
  /** The error of each row of which the segment cannot be known, else 0. Null: there is none. */
  readonly errors: Uint8Array | null;
  readonly names: readonly string[];
}

/** What the conditions of a batch are evaluated over. */
export interface Rows {
  readonly rows: number;
  /** The number of the batch, so that what was evaluated for it is known again. */
  readonly serial: number;
  readonly score: Float64Array;
  /** The vector of a field by its place among the fields that the conditions read. */
  readonly field: (slot: number) => Vector;
  readonly column: (slot: number) => Column;
  /** The codes of a field that is a string (see `TextCodes`). */
  readonly codes: (slot: number) => Uint32Array;
  readonly segment: () => Vector;
  readonly segmentPlaces: () => SegmentPlaces;
  /** The version of the model that scored each row. */
  readonly version: () => Vector;
  /** Which fields are outside of the profile; undefined: nobody compares the batch with one. */
  readonly marks: ProfileMarks | undefined;
}

/** Evaluates one expression for all rows of a batch. */
export type Evaluate = (batch: Rows) => Vector;

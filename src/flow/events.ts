import type { Batch } from './batch.ts';
import type { Fates, Reject } from './fates.ts';
import type { Utf8Column } from './utf8-column.ts';

/** State of one value in a column. */
export const VALUE = 0;
export const NULL = 1;
/** Not in the event, and without a default. */
export const ABSENT = 2;
/** Present, but with another type than the column. */
export const MISMATCH = 3;
/** An array with more elements than the column has cells. This is in the first cell of the row. */
export const TOO_MANY = 4;

/**
 * One needed field over all rows: one cell per row, or `width` cells per row for a vector (cell
 * `row * width + i`). If `state` is not VALUE, the value is 0 or ''.
 */
export type Column = NumberColumn | LongColumn | TextColumn | Utf8Column;

export interface NumberColumn {
  readonly as: 'number';
  readonly width: number;
  readonly state: Uint8Array;
  readonly values: Float64Array;
}

/** Integers that a double would round beyond 2^53. */
export interface LongColumn {
  readonly as: 'long';
  readonly width: 1;
  readonly state: Uint8Array;
  readonly values: BigInt64Array;
}

export interface TextColumn {
  readonly as: 'text';
  readonly width: 1;
  readonly state: Uint8Array;
  readonly values: string[];
}

/**
 * A carried field over all rows, as Avro bytes of the output type: the bytes `start[row]` to
 * `end[row]` of the record value. If `start[row]` is -1, they are in `other[row]` (a default, or a
 * value that was written with an older schema).
 */
export interface CarriedField {
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly other: (Buffer | undefined)[];
}

/**
 * A decoded batch: columns in the order of `Projection.fields`, carried fields in the order
 * of `Projection.carry`.
 */
export interface Events {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly columns: readonly Column[];
  readonly carried: readonly CarriedField[];
  /**
   * Only if several versions of a model share the columns: for each version, the rows that it
   * cannot use, with the reason. They are alive in `fates`, because other versions may use them.
   */
  readonly refusals?: readonly (readonly Reject[])[];
  /** Only where the first version sees them: the same events as the others see them, in order. */
  readonly others?: readonly Events[];
}

/**
 * The events as one version sees them. Rows that it cannot use are dead, and later fates are its
 * own. If there is only one version, these are the same events.
 */
export function eventsFor(events: Events, version: number): Events {
  if (events.refusals === undefined) return events;
  const fates = events.fates.copy();
  for (const { row, stage, code, message } of events.refusals[version] ?? [])
    fates.kill(row, stage, code, message);
  return { ...events, fates };
}

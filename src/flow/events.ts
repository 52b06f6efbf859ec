import type { Batch } from './batch.ts';
import type { Fates, Reject } from './fates.ts';

/** State of one value in a column. */
export const VALUE = 0;
export const NULL = 1;
/** Not in the event at all, and without a default. */
export const ABSENT = 2;
/** There, but of another type than the column. */
export const MISMATCH = 3;
/** An array with more elements than the column takes; stands in the row's first cell. */
export const TOO_MANY = 4;

/**
 * One needed field over all rows: a cell a row, or `width` cells a row for a vector (cell `row *
 * width + i`). Where `state` is not VALUE, the value is 0 or ''.
 */
export type Column = NumberColumn | LongColumn | TextColumn;

export interface NumberColumn {
  readonly as: 'number';
  readonly width: number;
  readonly state: Uint8Array;
  readonly values: Float64Array;
}

/** Whole numbers that a double would round beyond 2^53. */
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
 * A carried field over all rows, as Avro bytes of the output's type: bytes `start[row]` to
 * `end[row]` of the record's value, or, where `start[row]` is -1, `other[row]` (a default, or a
 * value written with an older schema).
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
   * Only where several versions of a model share the columns: for each version the rows that it
   * cannot use, and why. They are alive in `fates`, as others may use them.
   */
  readonly refusals?: readonly (readonly Reject[])[];
}

/**
 * The events as one version sees them: what it refuses is dead, and what becomes of them from here
 * on is its own. The same events where it has them for itself.
 */
export function eventsFor(events: Events, version: number): Events {
  if (events.refusals === undefined) return events;
  const fates = events.fates.copy();
  for (const { row, stage, code, message } of events.refusals[version] ?? [])
    fates.kill(row, stage, code, message);
  return { ...events, fates };
}

import type { Batch } from './batch.ts';
import type { Fates } from './fates.ts';

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
 * What is needed of an event: a value by its path as a number, as a whole number of 64 bits
 * (`long`) or as text, how long it is, or the numbers of an array. `length` counts the elements of
 * an array, the entries of a map, the characters of a string, the bytes of bytes.
 */
export interface ProjectedField {
  /** See `parsePath`. */
  readonly path: string;
  readonly as: 'number' | 'long' | 'text' | 'length' | 'vector';
  /** Of a vector: how many numbers are taken. */
  readonly size?: number;
  /**
   * Of a vector made of arrays in arrays: how many elements at each depth; `size` is their product.
   */
  readonly dims?: readonly number[];
  /**
   * Of such a vector, where the innermost are records: their fields, in the order of their numbers.
   */
  readonly fields?: readonly string[];
  /**
   * Of a number that a part of a time is taken of: ms in its unit, 1 where the reader's schema says
   * none, so that one that a writer says counts.
   */
  readonly unitMs?: number;
  /**
   * Whether an event may be without it; otherwise a writer's schema must have the field, or the
   * reader's a default.
   */
  readonly optional: boolean;
}

/**
 * Everything that scoring takes from an event: values for the features, and whole fields carried to
 * the output.
 */
export interface Projection {
  readonly fields: readonly ProjectedField[];
  readonly carry: readonly string[];
}

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
 * A decoded batch: columns in the order of `Needs.fields`, carried fields in the order of
 * `Needs.carry`.
 */
export interface Events {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly columns: readonly Column[];
  readonly carried: readonly CarriedField[];
}

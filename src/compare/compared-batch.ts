import type { Batch } from '../flow/batch.ts';
import type { Said } from './said.ts';

/** No label is known for a row. */
export const UNLABELLED = 2;

/** What is known about the rows of a batch beside their scores. Null: nobody asked for it. */
export interface Facts {
  /** Time of the event, in ms since the epoch; NaN if it has none. */
  readonly time: Float64Array | null;
  /** The value that the row is grouped by. */
  readonly segment: readonly string[] | null;
  /** NaN if the event has none. */
  readonly amount: Float64Array | null;
  /** 0, 1 or UNLABELLED. */
  readonly label: Uint8Array | null;
}

/** The same records, scored by both sides. */
export interface ComparedBatch {
  readonly batch: Batch;
  readonly a: Said;
  readonly b: Said;
  readonly facts: Facts;
  /** The carried fields of a row, for an example. */
  readonly carried: (row: number) => unknown;
}

export type Side = 'a' | 'b';
export const SIDES = ['a', 'b'] as const satisfies readonly Side[];

/** A value of each side. */
export interface Both<T> {
  readonly a: T;
  readonly b: T;
}

export function both<T>(make: (side: Side) => T): Both<T> {
  return { a: make('a'), b: make('b') };
}

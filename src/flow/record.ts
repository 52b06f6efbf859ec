import type { Headers } from './headers.ts';

/**
 * One record of an input topic, as the consumer delivers it. `offset` and `timestamp` (ms since the
 * epoch) are integers, or decimal strings if the client reads them so.
 */
export interface InputRecord {
  readonly offset: number | string;
  readonly timestamp: number | string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers | undefined;
  /** Why its value was not read; undefined if it was read. */
  readonly unread?: Unread | undefined;
}

/**
 * A record that is too large to be read, or in a batch that cannot be read. It keeps its place and
 * has no value. All records of one unread batch share one of these.
 */
export interface Unread {
  readonly code: 'RECORD_TOO_LARGE' | 'BATCH_TOO_LARGE' | 'BATCH_UNREADABLE';
  readonly message: string;
}

/** The timestamp value of a record without a timestamp. */
const NO_TIMESTAMP = -1;

/**
 * The range of calendars, some 270,000 years. A number beyond it is not a time, and one beyond 2^53
 * was rounded when it was read.
 */
const FURTHEST_MS = 8.64e15;

/** The timestamp of a record, in ms since the epoch; undefined if it has none. */
export function timeOf({ timestamp }: Pick<InputRecord, 'timestamp'>): number | undefined {
  const ms = Number(timestamp);
  return ms === NO_TIMESTAMP || !(Math.abs(ms) <= FURTHEST_MS) ? undefined : ms;
}

/** One record to write. Without `partition`, the partitioner decides by the key. */
export interface OutputRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers;
  readonly partition?: number;
}

import type { Headers } from './headers.ts';

/**
 * One record of an input topic, as the consumer hands it over. `offset` and `timestamp` (ms since
 * the epoch) are whole numbers, or decimals in text where the client reads them so.
 */
export interface InputRecord {
  readonly offset: number | string;
  readonly timestamp: number | string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers | undefined;
  /** Why its value was not read; undefined where it was. */
  readonly unread?: Unread | undefined;
}

/**
 * A record that is larger than what may be read, or in a batch that cannot be. It keeps its place,
 * and has no value. Records of one batch that was not read share one of these.
 */
export interface Unread {
  readonly code: 'RECORD_TOO_LARGE' | 'BATCH_TOO_LARGE' | 'BATCH_UNREADABLE';
  readonly message: string;
}

/** What stands for the timestamp of a record that has none. */
const NO_TIMESTAMP = -1;

/**
 * What calendars reach, some 270,000 years. A number beyond is no time, and one beyond 2^53 was
 * rounded when it was read.
 */
const FURTHEST_MS = 8.64e15;

/** When a record was made, ms since the epoch; undefined where nobody knows. */
export function timeOf({ timestamp }: Pick<InputRecord, 'timestamp'>): number | undefined {
  const ms = Number(timestamp);
  return ms === NO_TIMESTAMP || !(Math.abs(ms) <= FURTHEST_MS) ? undefined : ms;
}

/** One record to be written. Without `partition` the partitioner decides by key. */
export interface OutputRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers;
  readonly partition?: number;
}

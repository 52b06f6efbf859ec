import type { InputRecord } from './record.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Why a batch was closed: full, its oldest record waited long enough, nothing more was there, or
 * the service stops.
 */
export type CloseReason = 'size' | 'delay' | 'end' | 'shutdown';

/**
 * Consecutive records of one partition, in offset order, scored together. Rows of everything that
 * follows are its records.
 */
export interface Batch extends TopicPartition {
  readonly records: readonly InputRecord[];
  readonly closedBy: CloseReason;
}

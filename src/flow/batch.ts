import type { InputRecord } from './record.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Why a batch was closed: it was full, its oldest record had waited long enough, nothing more was
 * there, or the service stops.
 */
export type CloseReason = 'size' | 'delay' | 'end' | 'shutdown';

/**
 * Consecutive records of one partition, in offset order, that are scored together. The rows of all
 * following data are these records.
 */
export interface Batch extends TopicPartition {
  readonly records: readonly InputRecord[];
  readonly closedBy: CloseReason;
}

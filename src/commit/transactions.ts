import type { TopicPartition } from '../flow/batch.ts';

/**
 * A transaction under way. After any failure of any call nothing is known of it but that it must
 * not be gone on with.
 */
export interface Transaction {
  /** Makes the group's offset part of the transaction. */
  commitOffset(partition: TopicPartition, offset: bigint): Promise<void>;
  commit(): Promise<void>;
}

/**
 * A transactional producer with the stable id of one input partition (port). It is thrown away
 * after any doubt.
 */
export interface TransactionalProducer<T extends Transaction> {
  /**
   * Takes the id over: whoever had it is fenced, and what it left open is aborted or completed.
   * Resolves only then, so that a committed offset read afterwards is final.
   */
  init(): Promise<void>;
  begin(): Promise<T>;
  close(): Promise<void>;
}

/** Thrown where the broker says that somebody else took the id over. */
export class Fenced extends Error {
  constructor(options?: ErrorOptions) {
    super('another producer took over the transactional id', options);
    this.name = 'Fenced';
  }
}

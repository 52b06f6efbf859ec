import type { TopicPartition } from '../flow/batch.ts';

/**
 * An open transaction. After a failure of any call its state is unknown, and it must not be
 * continued.
 */
export interface Transaction {
  /** Makes the group's offset part of the transaction. */
  commitOffset(partition: TopicPartition, offset: bigint): Promise<void>;
  /**
   * The committed offset without this transaction, as the coordinator has it that took its offset.
   * Only after `commitOffset`.
   */
  committedBefore(partition: TopicPartition): Promise<bigint | undefined>;
  commit(): Promise<void>;
}

/**
 * A transactional producer with the stable id of one input partition (port). It is discarded after
 * any doubt.
 */
export interface TransactionalProducer<T extends Transaction> {
  /**
   * Takes over the id: the broker fences the earlier producer and completes or aborts its open
   * transaction. Resolves only after that, so what is committed then is final.
   */
  init(): Promise<void>;
  begin(): Promise<T>;
  close(): Promise<void>;
}

/** Thrown if the broker says that another producer took over the id. */
export class Fenced extends Error {
  constructor(options?: ErrorOptions) {
    super('another producer took over the transactional id', options);
    this.name = 'Fenced';
  }
}

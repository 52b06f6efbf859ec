import {
  Fenced,
  type Transaction,
  type TransactionalProducer,
} from '../../../src/commit/transactions.ts';
import { transactionalIdOf } from '../../../src/commit/transactional-id.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import type { Sink } from '../../../src/produce/sink.ts';
import type { Cluster } from './cluster.ts';
import type { Network, Peer } from './network.ts';

export interface ProducerWorld {
  readonly peer: Peer;
  readonly network: Network;
  readonly cluster: Cluster;
  readonly written: <T>(to: TopicPartition, write: () => Promise<T>) => Promise<T>;
  readonly onFenced: (partition: number) => void;
}

export interface MemoryTransaction extends Transaction {
  readonly write: Sink['write'];
}

const inDoubt = (): Error => new Error('the connection broke');

/** A producer of one input partition whose transactions are in the cluster in memory. */
export class MemoryProducer implements TransactionalProducer<MemoryTransaction> {
  readonly #id: string;
  readonly #partition: number;
  readonly #world: ProducerWorld;
  #epoch = -1;

  constructor(groupId: string, at: TopicPartition, world: ProducerWorld) {
    this.#id = transactionalIdOf(groupId, at);
    this.#partition = at.partition;
    this.#world = world;
  }

  async init(): Promise<void> {
    const { cluster, peer } = this.#world;
    this.#epoch = await this.#ask('take', () => cluster.take(this.#id, this.#partition, peer));
  }

  begin(): Promise<MemoryTransaction> {
    const { cluster, peer, written } = this.#world;
    const own = [this.#id, this.#epoch, peer] as const;
    return Promise.resolve({
      write: (to, records) =>
        written(to, () => this.#ask('write', () => cluster.writeIn(own, to, records))),
      commitOffset: ({ partition }, offset) =>
        this.#ask('offset', () => {
          cluster.commitIn(own, partition, offset);
        }),
      committedBefore: ({ partition }) =>
        this.#ask('committed', () => cluster.committed.get(partition)),
      commit: async () => {
        this.#epoch = await this.#ask('end', () => cluster.end(own));
      },
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #ask<T>(what: string, apply: () => T): Promise<Awaited<T>> {
    const { network, peer, onFenced } = this.#world;
    try {
      return await network.ask(peer, what, apply, inDoubt);
    } catch (error) {
      if (error instanceof Fenced) onFenced(this.#partition);
      throw error;
    }
  }
}

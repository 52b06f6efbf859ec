import type { Kafka, Producer, ProducerConfig, Transaction as KafkajsTransaction } from 'kafkajs';
import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { isDenial, typeOf } from '../kafkajs/kafka-errors.ts';
import { committedIn } from '../kafkajs/kafka-group.ts';
import { forgetOffsets, tookOffsets } from '../kafkajs/kafka-offsets-patch.ts';
import { KAFKA_RETRY } from '../kafkajs/kafka-client.ts';
import { knownPartitions } from '../kafkajs/send/kafka-known-partitions.ts';
import { forgetEpoch } from '../kafkajs/kafka-epoch-patch.ts';
import { forgetCoordinators, keepCoordinators } from '../kafkajs/kafka-coordinator-patch.ts';
import { formerIdOf, transactionalIdOf } from './transactional-id.ts';
import { Fenced, type Transaction, type TransactionalProducer } from './transactions.ts';

export interface KafkaTransactionsOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  /** Metadata to commit an offset of a topic with. */
  readonly note?: (topic: string) => string | undefined;
  /** Whether an offset with this metadata belongs to the topic of today. Default: every one. */
  readonly believes?: (topic: string, note: string | null | undefined) => boolean;
  readonly overrides?: Partial<ProducerConfig> | undefined;
}

/** A kafkajs transaction: a sink can be put on its `send`. */
export interface KafkaTransaction extends Transaction {
  readonly send: Producer['send'];
}

/**
 * The first wait of a retry. A transaction that closely follows another one meets
 * CONCURRENT_TRANSACTIONS until the markers of that one are written, which takes a few
 * milliseconds. The 300 ms of kafkajs would halve the throughput.
 */
const FIRST_WAIT_MS = 5;

const FENCED = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
]);

/** Makes the producers: one per input partition, with an id that belongs to the partition. */
export function kafkaTransactions(options: KafkaTransactionsOptions) {
  return (partition: TopicPartition): TransactionalProducer<KafkaTransaction> =>
    new KafkaProducer(options, partition);
}

class KafkaProducer implements TransactionalProducer<KafkaTransaction> {
  readonly #groupId: string;
  readonly #note: KafkaTransactionsOptions['note'];
  readonly #believes: NonNullable<KafkaTransactionsOptions['believes']>;
  readonly #transactionalId: string;
  readonly #producer: Producer;
  /** Takes over the id that an earlier version of the program used for this partition. */
  readonly #former: () => Producer;
  /** kafkajs takes the id over when its first transaction begins. */
  #first: KafkajsTransaction | undefined;

  constructor(
    { kafka, groupId, note, believes = () => true, overrides }: KafkaTransactionsOptions,
    { topic, partition }: TopicPartition,
  ) {
    this.#groupId = groupId;
    this.#note = note;
    this.#believes = believes;
    this.#transactionalId = transactionalIdOf(groupId, { topic, partition });
    const config: ProducerConfig = {
      ...overrides,
      retry: { ...KAFKA_RETRY, ...overrides?.retry, initialRetryTime: FIRST_WAIT_MS, retries: 8 },
      allowAutoTopicCreation: false,
      createPartitioner: knownPartitions,
    };
    this.#producer = kafka.producer({ ...config, transactionalId: this.#transactionalId });
    this.#former = () =>
      kafka.producer({ ...config, transactionalId: formerIdOf(groupId, { topic, partition }) });
  }

  async init(): Promise<void> {
    await this.#producer.connect();
    const taken = this.#producer.transaction().catch((error: unknown) => this.#told(error));
    [this.#first] = await Promise.all([taken, fence(this.#former())]);
    keepCoordinators(this.#transactionalId);
  }

  async begin(): Promise<KafkaTransaction> {
    const told = (error: unknown): never => this.#told(error);
    const transaction = this.#first ?? (await this.#producer.transaction().catch(told));
    this.#first = undefined;
    return {
      send: (record) => transaction.send(record).catch(told),
      commitOffset: ({ topic, partition }, offset) => {
        const metadata = this.#note?.(topic);
        const place = {
          partition,
          offset: offset.toString(),
          ...(metadata === undefined ? {} : { metadata }),
        };
        return transaction
          .sendOffsets({ consumerGroupId: this.#groupId, topics: [{ topic, partitions: [place] }] })
          .catch(told);
      },
      committedBefore: async (partition) => {
        const coordinator = tookOffsets(this.#transactionalId);
        if (coordinator === undefined) throw new Error('no offset was taken in this transaction');
        const topics = [
          { topic: partition.topic, partitions: [{ partition: partition.partition }] },
        ];
        const { responses } = await coordinator.offsetFetch({ groupId: this.#groupId, topics });
        return committedIn(responses, partition, { believes: this.#believes });
      },
      commit: () => transaction.commit().catch(told),
    };
  }

  async close(): Promise<void> {
    forgetCoordinators(this.#transactionalId);
    forgetEpoch(this.#transactionalId);
    forgetOffsets(this.#transactionalId);
    await this.#producer.disconnect().catch(() => undefined);
  }

  /**
   * Throws the meaning of the error: another member has the id, or a person has to grant a
   * permission.
   */
  #told(error: unknown): never {
    const type = typeOf(error);
    if (type !== undefined && FENCED.has(type)) throw new Fenced({ cause: error });
    const { message } = error as Error;
    if (type === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED') {
      const what = `Write on the transactional id ${this.#transactionalId} was denied: ${message}`;
      throw new ScorerError({ code: 'KAFKA_DENIED', what, where: 'delivery' }, { cause: error });
    }
    if (type === 'GROUP_AUTHORIZATION_FAILED') {
      const what = `Read on the group ${this.#groupId} was denied: ${message}`;
      throw new ScorerError(
        { code: 'KAFKA_DENIED', what, where: 'input.groupId' },
        { cause: error },
      );
    }
    throw error;
  }
}

/**
 * Takes over the id and closes the producer again. This fences an owner of the earlier version and
 * aborts its open transaction. A member without permission for the id cannot have used it.
 */
async function fence(producer: Producer): Promise<void> {
  try {
    await producer.connect();
    await producer.transaction();
  } catch (error) {
    if (!isDenial(error)) throw error;
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

import type { Consumer, Kafka } from 'kafkajs';

/**
 * When the records of a topic reached a `read_committed` reader, by partition and in their order;
 * ms of `performance.now()`.
 */
export class Arrivals {
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #groupId: string;
  readonly times: readonly number[][];
  readonly #last: bigint[];
  #count = 0;

  constructor(kafka: Kafka, topic: string, partitions: number) {
    this.#topic = topic;
    this.#groupId = `${topic}-arrivals`;
    this.times = Array.from({ length: partitions }, () => []);
    this.#last = this.times.map(() => -1n);
    this.#consumer = kafka.consumer({ groupId: this.#groupId, maxWaitTimeInMs: 100 });
  }

  get groupId(): string {
    return this.#groupId;
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when the reader has its partitions. */
  async start(): Promise<void> {
    const joined = Promise.withResolvers<unknown>();
    this.#consumer.on('consumer.group_join', joined.resolve);
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: this.times.length,
      eachBatch: ({ batch: { partition, messages } }) => {
        const now = performance.now();
        const times = this.times[partition]!;
        // Nothing is committed, so after a rebalance the reader begins anew; what it has seen
        // arrived when it first did.
        const fresh = messages.filter(({ offset }) => BigInt(offset) > this.#last[partition]!);
        for (let i = 0; i < fresh.length; i++) times.push(now);
        this.#last[partition] = BigInt(fresh.at(-1)?.offset ?? this.#last[partition]!);
        this.#count += fresh.length;
        return Promise.resolve();
      },
    });
    await joined.promise;
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect();
  }
}

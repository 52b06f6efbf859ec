import type { Admin, Kafka } from 'kafkajs';
import { makeTopics } from '../src/demo/kafka-topics.ts';

/** Topics of a bench, and what can be learnt about them without reading them. */
export class Topics {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #made: string[] = [];

  constructor(kafka: Kafka, admin: Admin) {
    this.#kafka = kafka;
    this.#admin = admin;
  }

  /** Makes a topic whose records carry the time at which the broker appended them. */
  async create(topic: string, partitions: number): Promise<void> {
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await makeTopics(this.#admin, [{ topic, numPartitions: partitions, configEntries }]);
    this.#made.push(topic);
  }

  /**
   * How many offsets a topic has given away: to records, and to the markers that end transactions.
   */
  async count(topic: string): Promise<number> {
    return total(await this.#admin.fetchTopicOffsets(topic));
  }

  /** How far a group has committed, summed over a topic's partitions. */
  async committed(groupId: string, topic: string): Promise<number> {
    // A group whose coordinator is only just being chosen has committed nothing.
    const [offsets] = await this.#admin.fetchOffsets({ groupId, topics: [topic] }).catch(() => []);
    return (offsets?.partitions ?? []).reduce(
      (sum, { offset }) => sum + Math.max(0, Number(offset)),
      0,
    );
  }

  /**
   * How many records of finished transactions, or of none, a topic has: by reading it to its end.
   */
  async countRecords(topic: string): Promise<number> {
    const groupId = `${topic}-count`;
    const left = new Map<number, bigint>();
    for (const { partition, offset } of await this.#admin.fetchTopicOffsets(topic)) {
      if (offset !== '0') left.set(partition, BigInt(offset));
    }
    if (left.size === 0) return 0;
    let records = 0;
    const { promise: read, resolve, reject } = Promise.withResolvers<undefined>();
    const consumer = this.#kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    // Also told of fetches that hold nothing but markers, which call no handler.
    consumer.on(
      'consumer.end_batch_process',
      ({ payload: { partition, batchSize, lastOffset } }) => {
        records += batchSize;
        if (BigInt(lastOffset) + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
        if (left.size === 0) resolve(undefined);
      },
    );
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
      await read;
    } finally {
      await consumer.disconnect();
    }
    await this.deleteGroup(groupId);
    return records;
  }

  /**
   * How many of its offsets were given away before a time, ms since the epoch on the broker's
   * clock.
   */
  async countBefore(topic: string, time: number): Promise<number> {
    return total(await this.#admin.fetchTopicOffsetsByTimestamp(topic, time));
  }

  /**
   * The first time, ms, before which at least `count` offsets had been given away; the topic must
   * have them, and have had none at `earliest` and all at `latest`. By bisection: the broker's own
   * index answers, nothing is read.
   */
  async timeOf(topic: string, count: number, earliest: number, latest: number): Promise<number> {
    let [none, enough] = [earliest, latest];
    while (enough - none > 1) {
      const middle = Math.floor((none + enough) / 2);
      if ((await this.countBefore(topic, middle)) >= count) enough = middle;
      else none = middle;
    }
    return enough;
  }

  async delete(topic: string): Promise<void> {
    this.#made.splice(this.#made.indexOf(topic), 1);
    await this.#admin.deleteTopics({ topics: [topic] });
  }

  /**
   * A group whose members have left has nothing more to say; one that was killed is left to the
   * broker.
   */
  async deleteGroup(groupId: string): Promise<void> {
    await this.#admin.deleteGroups([groupId]).catch(() => undefined);
  }

  async deleteAll(): Promise<void> {
    if (this.#made.length > 0) await this.#admin.deleteTopics({ topics: this.#made.splice(0) });
  }
}

function total(partitions: readonly { readonly offset: string }[]): number {
  return partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
}

import avro from 'avsc';
import { randomBytes } from 'node:crypto';
import type { Admin, IHeaders, ITopicConfig, Kafka, Producer } from 'kafkajs';
import { ConfluentRegistry } from '../../src/decode/confluent-registry.ts';
import { makeTopics } from '../../src/demo/kafka-topics.ts';
import { eventually } from '../support/eventually.ts';
import { plainKafkajs as kafkajs } from '../support/plain-kafkajs.ts';

/**
 * The events of the end-to-end tests: one needed field of each kind, one that is only carried, and
 * parts nobody needs.
 */
export const EVENT_SCHEMA = {
  type: 'record',
  name: 'Event',
  namespace: 'test',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'count', type: ['null', 'int', 'string'], default: null },
    {
      name: 'history',
      type: {
        type: 'record',
        name: 'History',
        fields: [{ name: 'risk', type: ['double', 'null'], default: 0.25 }],
      },
    },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
    { name: 'extra', type: { type: 'map', values: 'long' }, default: {} },
    {
      name: 'next',
      type: [
        'null',
        {
          type: 'record',
          name: 'Link',
          fields: [{ name: 'next', type: ['null', 'Link'], default: null }],
        },
      ],
      default: null,
    },
  ],
};

export interface Event {
  readonly id: string;
  readonly amount: number;
  readonly count: number | string | null;
  readonly history: { readonly risk: number | null };
  readonly tags?: readonly string[];
}

export interface Score {
  readonly score: number;
  readonly scores: Record<string, number> | null;
  readonly decision: string | null;
  readonly reasons: readonly unknown[];
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly policy: string | null;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly eventTime: number;
  readonly scoredAt: number;
  readonly event: { readonly id: string };
}

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
  /** When the broker took it, in topics that say so; ms since the epoch. */
  readonly appendedAt: number;
}

/** What the model of test/e2e/bundle answers, computed here. */
export function expectedScore({ amount, count, history }: Event): number {
  const logit = Math.log(amount) + Number(count ?? 0) * (history.risk ?? NaN);
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Topics, a group and a registry subject of one test's own on a stack, and what a test does with
 * them.
 */
export class World {
  readonly name = `t${randomBytes(4).toString('hex')}`;
  readonly input = `${this.name}-in`;
  readonly output = `${this.name}-out`;
  readonly dead = `${this.name}-dead`;
  readonly kafka: Kafka;
  readonly registry: ConfluentRegistry;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  #producer: Producer | undefined;
  #admin: Admin | undefined;

  constructor({
    brokers,
    registryUrl,
  }: {
    readonly brokers: readonly string[];
    readonly registryUrl: string;
  }) {
    this.brokers = brokers;
    this.registryUrl = registryUrl;
    this.kafka = new kafkajs.Kafka({
      brokers: [...brokers],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1000 },
    });
    this.registry = new ConfluentRegistry({
      url: registryUrl,
      timeoutMs: 20_000,
      onFetch: () => undefined,
    });
  }

  async open(partitions = 4, configEntries: { name: string; value: string }[] = []): Promise<this> {
    this.#producer = this.kafka.producer({ allowAutoTopicCreation: false });
    this.#admin = this.kafka.admin();
    await Promise.all([this.#producer.connect(), this.#admin.connect()]);
    const topics = [this.input, this.output, this.dead];
    await this.makeTopics(
      topics.map((topic) => ({ topic, numPartitions: partitions, configEntries })),
    );
    return this;
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer?.disconnect(), this.#admin?.disconnect()]);
    this.registry.close();
  }

  makeTopics(topics: readonly ITopicConfig[]): Promise<void> {
    return makeTopics(this.admin, topics);
  }

  get admin(): Admin {
    return this.#admin!;
  }

  register(schema: object = EVENT_SCHEMA): Promise<number> {
    return this.registry.register(`${this.input}-value`, schema);
  }

  /** Writes values as they are. */
  async produce(
    partition: number,
    values: readonly (Buffer | null)[],
    topic = this.input,
  ): Promise<void> {
    for (let i = 0; i < values.length; i += 500) {
      const messages = values
        .slice(i, i + 500)
        .map((value, j) => ({ key: `k${partition}-${i + j}`, value, partition }));
      await this.#producer!.send({ topic, messages });
    }
  }

  /** Everything in a topic, read by a consumer that knows where each partition ends. */
  async readAll(topic: string): Promise<ReadRecord[]> {
    const ends = (await this.#offsets(topic)).map(
      ({ partition, high }) => [partition, Number(high)] as const,
    );
    const open = new Set(ends.filter(([, high]) => high > 0).map(([partition]) => partition));
    const records: ReadRecord[] = [];
    if (open.size === 0) return records;
    const consumer = this.kafka.consumer({
      groupId: `${this.name}-read-${randomBytes(3).toString('hex')}`,
      maxWaitTimeInMs: 50,
    });
    const done = Promise.withResolvers<undefined>();
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { offset, key, value, headers, timestamp } of batch.messages) {
          records.push({
            partition: batch.partition,
            offset: Number(offset),
            key,
            value,
            headers: headers ?? {},
            appendedAt: Number(timestamp),
          });
        }
        const end = ends.find(([partition]) => partition === batch.partition)![1];
        if (Number(batch.lastOffset()) >= end - 1) open.delete(batch.partition);
        if (open.size === 0) done.resolve(undefined);
      },
    });
    await done.promise;
    await consumer.disconnect();
    return records;
  }

  async readScores(topic = this.output): Promise<(Score & { readonly at: ReadRecord })[]> {
    const records = await this.readAll(topic);
    if (records.length === 0) return [];
    const latest = await this.registry.latest(`${topic}-value`);
    const type = avro.Type.forSchema(latest!.node.schema() as never);
    return records.map((at) => ({ ...(type.fromBuffer(at.value!.subarray(5)) as Score), at }));
  }

  async endOffsets(topic: string): Promise<number> {
    return (await this.#offsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** A broker may know that it leads a new partition a little later than whoever made the topic. */
  async #offsets(topic: string): Promise<{ partition: number; high: string }[]> {
    return unlessTold(NO_LEADER_YET, () => this.admin.fetchTopicOffsets(topic));
  }

  /** Offsets the group has committed, by partition; -1 where none. */
  async committed(groupId = this.name): Promise<number[]> {
    const ask = (): ReturnType<Admin['fetchOffsets']> =>
      this.admin.fetchOffsets({ groupId, topics: [this.input] });
    const [topic] = await unlessTold(COORDINATOR_AWAY, ask);
    return topic!.partitions
      .sort((a, b) => a.partition - b.partition)
      .map(({ offset }) => Number(offset));
  }
}

const NO_LEADER_YET = [
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
];
const COORDINATOR_AWAY = [
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
];

/** Asks a broker again while it answers with one of these errors, all of which pass. */
async function unlessTold<T extends object>(
  passing: readonly string[],
  ask: () => Promise<T>,
): Promise<T> {
  const answered = await eventually<T | undefined>(
    () =>
      ask().catch((error: unknown) => {
        if (!passing.includes((error as { type?: string }).type ?? '')) throw error;
        return undefined;
      }),
    (answer) => answer !== undefined,
  );
  return answered!;
}

const EVENT_TYPE = avro.Type.forSchema(EVENT_SCHEMA as never, { wrapUnions: false });

/** An event as a producer writes it: Confluent wire format. */
export function wire(schemaId: number, event: Event): Buffer {
  return framed(schemaId, EVENT_TYPE.toBuffer({ tags: [], extra: {}, next: null, ...event }));
}

export function framed(schemaId: number, avroBytes: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(schemaId, 1);
  return Buffer.concat([prefix, avroBytes]);
}

/** Events that differ from each other and all score differently. */
export function someEvents(count: number, from = 0): Event[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `e${from + i}`,
    amount: 0.5 + ((from + i) % 97) / 10,
    count: (from + i) % 5 === 0 ? null : (from + i) % 7,
    history: { risk: ((from + i) % 11) / 10 },
  }));
}

import type { OutputRecord } from '../../src/flow/record.ts';
import { SILENT } from '../../src/observe/logger.ts';
import { startKafkaSink } from '../../src/produce/kafka-sink.ts';
import { COMPRESSIONS } from '../../src/kafkajs/kafka-codecs.ts';
import type { Sink } from '../../src/produce/sink.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import { World } from '../e2e/world.ts';
import { FakeSink } from '../support/fake-sink.ts';
import { Cluster } from '../support/memory/cluster.ts';
import { MemorySink } from '../support/memory/memory-sink.ts';
import { Network } from '../support/memory/network.ts';
import { Random } from '../support/memory/random.ts';
import { sharedStack } from '../support/stack.ts';

/** The largest batch, and so the largest record, that the topic takes. */
export const LIMIT_BYTES = 20_000;

/** A sink on a topic with `LIMIT_BYTES`, and what a test of the port does with them. */
export interface SinkWorld {
  readonly sink: Sink;
  readonly topic: string;
  /** Everything in a partition, in order; headers' values as text. */
  read(partition: number): Promise<OutputRecord[]>;
  /** A name that no topic has. */
  readonly nowhere: string;
  create(topic: string): Promise<void>;
  close(): Promise<void>;
}

export async function fakeSinkWorld(partitions: number): Promise<SinkWorld> {
  const sink = new FakeSink({ out: partitions }, ({ value }) => (value?.length ?? 0) < LIMIT_BYTES);
  return {
    sink,
    topic: 'out',
    read: async (partition) =>
      sink
        .log('out', partition)
        .map(({ key, value, headers }) => ({ key, value, headers: headers ?? {} })),
    nowhere: 'nowhere',
    create: async (topic) => {
      sink.topics.set(topic, [[]]);
    },
    close: () => Promise.resolve(),
  };
}

/** The sink of test/integrity, with requests that arrive at once. */
export async function memorySinkWorld(partitions: number): Promise<SinkWorld> {
  const cluster = new Cluster(new Network(new Random(1)), partitions);
  cluster.takes = ({ value }) => (value?.length ?? 0) < LIMIT_BYTES;
  return {
    sink: new MemorySink(
      async (topic) => cluster.partitions(topic),
      async (to, records) => cluster.write(to, records),
    ),
    topic: 'out',
    read: async (partition) =>
      cluster
        .visible({ topic: 'out', partition })
        .map(({ key, value, headers }) => ({ key, value, headers: headers ?? {} })),
    nowhere: 'nowhere',
    create: async (topic) => {
      cluster.create(topic, 1);
    },
    close: () => Promise.resolve(),
  };
}

export async function kafkaSinkWorld(partitions: number): Promise<SinkWorld> {
  const { brokers, registryUrl } = sharedStack();
  const kafka = createKafka({ brokers, clientId: 'sink-contract', logger: SILENT });
  const limit = { name: 'max.message.bytes', value: String(LIMIT_BYTES) };
  const world = await new World({ brokers, registryUrl }).open(partitions, [limit]);
  const { value: sink, stop } = await startKafkaSink({ kafka, compression: COMPRESSIONS.none });
  return {
    sink,
    topic: world.output,
    read: async (partition) => {
      const records = await world.readAll(world.output);
      return records
        .filter((record) => record.partition === partition)
        .sort((a, b) => a.offset - b.offset)
        .map(({ key, value, headers }) => ({
          key,
          value,
          headers: asText(headers as OutputRecord['headers'] & object),
        }));
    },
    nowhere: `${world.name}-nowhere`,
    create: (topic) => world.makeTopics([{ topic, numPartitions: 1 }]),
    close: async () => {
      await stop();
      await world.close();
    },
  };
}

function asText(headers: OutputRecord['headers'] & object): OutputRecord['headers'] & object {
  const text = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(text) : Buffer.isBuffer(value) ? value.toString() : value;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, text(value)]),
  ) as never;
}

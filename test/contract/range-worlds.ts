import { KafkaRangeReader } from '../../src/consume/kafka-range-reader.ts';
import type { RangeReader } from '../../src/consume/range-reader.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import { SILENT } from '../../src/observe/logger.ts';
import { World } from '../e2e/world.ts';
import { FakeRangeReader, type LogEntry } from '../support/fake-range-reader.ts';
import { sharedStack } from '../support/stack.ts';

export interface Given {
  readonly value: string;
  readonly timestamp: number;
}

/** A topic of two partitions, and what a test of the port does with it. */
export interface RangeWorld {
  readonly topic: string;
  readonly reader: RangeReader;
  /** Writes records with their value as the key, too, and a header `h` that says the same. */
  write(partition: number, records: readonly Given[]): Promise<void>;
  /** Writes records in a transaction; a marker follows them. */
  transaction(partition: number, records: readonly Given[], end: 'commit' | 'abort'): Promise<void>;
  /** The groups that the cluster knows. */
  groups(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const PARTITIONS = 2;

const messageOf = ({ value, timestamp }: Given) => ({
  key: Buffer.from(value),
  value: Buffer.from(value),
  headers: { h: Buffer.from(value) },
  timestamp: String(timestamp),
});

export async function fakeRangeWorld(): Promise<RangeWorld> {
  const logs: (LogEntry | null)[][] = Array.from({ length: PARTITIONS }, () => []);
  const write = (partition: number, records: readonly Given[], aborted: boolean): void => {
    const log = logs[partition]!;
    for (const given of records)
      log.push({ record: { ...messageOf(given), offset: log.length }, aborted });
  };
  return {
    topic: 'in',
    reader: new FakeRangeReader(new Map([['in', logs]])),
    write: async (partition, records) => {
      write(partition, records, false);
    },
    transaction: async (partition, records, end) => {
      write(partition, records, end === 'abort');
      logs[partition]!.push(null);
    },
    groups: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

export async function kafkaRangeWorld(): Promise<RangeWorld> {
  const stack = sharedStack();
  const { brokers } = stack;
  const kafka = createKafka({ brokers, clientId: 'range-contract', logger: SILENT });
  const world = await new World(stack).open(PARTITIONS);
  const topic = world.input;
  const plain = kafka.producer({ allowAutoTopicCreation: false });
  const transactional = kafka.producer({
    transactionalId: world.name,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 100, initialRetryTime: 20 },
  });
  await Promise.all([plain.connect(), transactional.connect()]);
  const messages = (partition: number, records: readonly Given[]) =>
    records.map((given) => ({ ...messageOf(given), partition }));
  return {
    topic,
    reader: new KafkaRangeReader({ kafka }),
    write: async (partition, records) => {
      await plain.send({ topic, messages: messages(partition, records) });
    },
    transaction: async (partition, records, end) => {
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: messages(partition, records) });
      await (end === 'commit' ? transaction.commit() : transaction.abort());
    },
    groups: async () => (await world.admin.listGroups()).groups.map(({ groupId }) => groupId),
    close: async () => {
      await Promise.all([plain.disconnect(), transactional.disconnect()]);
      await world.close();
    },
  };
}

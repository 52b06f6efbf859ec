import { KafkaSource } from '../../src/consume/kafka-source.ts';
import type { Source } from '../../src/consume/source.ts';
import { SILENT } from '../../src/observe/logger.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import { World } from '../e2e/world.ts';
import { FakeGroup } from '../support/fake-source.ts';
import { inputRecord } from '../support/given-records.ts';
import { Cluster, INPUT } from '../support/memory/cluster.ts';
import { Group } from '../support/memory/group.ts';
import { MemorySource } from '../support/memory/memory-source.ts';
import { Network } from '../support/memory/network.ts';
import { Random } from '../support/memory/random.ts';
import { sharedStack } from '../support/stack.ts';

/** The number 0 as many write it, and the key of an abort marker as well. */
const KEY = Buffer.alloc(4);

/** A topic with a consumer group, and what a test of the port does with them. */
export interface SourceWorld {
  readonly topic: string;
  /**
   * A new member of the group; not started. A member that hangs is out of the group after a few
   * seconds.
   */
  member(): Source;
  produce(partition: number, values: readonly string[]): Promise<void>;
  /** Writes values in a transaction; either way a marker follows them. */
  transaction(partition: number, values: readonly string[], end: 'commit' | 'abort'): Promise<void>;
  /** The offset behind the last record or marker. */
  end(partition: number): Promise<number>;
  /** What the group has committed, by partition; -1 where nothing. */
  committed(): Promise<number[]>;
  close(): Promise<void>;
}

export async function fakeSourceWorld(partitions: number): Promise<SourceWorld> {
  const group = new FakeGroup(partitions, 100);
  const entries = (values: readonly string[]) =>
    values.map((value) => ({ value: Buffer.from(value) }));
  return {
    topic: group.topic,
    member: () => group.member(),
    produce: async (partition, values) => {
      group.append(partition, entries(values));
    },
    transaction: async (partition, values, end) => {
      group.append(partition, [
        ...(end === 'commit' ? entries(values) : values.map(() => null)),
        null,
      ]);
    },
    end: async (partition) => group.logs[partition]!.length,
    committed: async () =>
      [...group.logs.keys()].map((partition) => Number(group.committed.get(partition) ?? -1)),
    close: () => Promise.resolve(),
  };
}

/** The source of test/integrity. Requests arrive in any order, and none is lost. */
export async function memorySourceWorld(partitions: number): Promise<SourceWorld> {
  const network = new Network(new Random(1));
  const cluster = new Cluster(network, partitions);
  const group = new Group(cluster, 1000);
  const delivering = setInterval(() => {
    for (let left = network.waiting; left > 0; left--) network.deliver();
  }, 1);
  let members = 0;
  const records = (partition: number, values: readonly string[]) =>
    values.map((value, i) =>
      inputRecord(cluster.input[partition]!.length + i, { value: Buffer.from(value) }),
    );
  return {
    topic: INPUT,
    member: () => {
      const peer = { name: `member-${members++}`, state: 'up' as const };
      return new MemorySource(peer, network, cluster, group);
    },
    produce: async (partition, values) => {
      cluster.append(partition, records(partition, values));
    },
    transaction: async (partition, values, end) => {
      const entries = end === 'commit' ? records(partition, values) : values.map(() => null);
      cluster.append(partition, [...entries, null]);
    },
    end: async (partition) => cluster.input[partition]!.length,
    committed: async () =>
      [...cluster.input.keys()].map((partition) => Number(cluster.committed.get(partition) ?? -1)),
    close: async () => {
      clearInterval(delivering);
    },
  };
}

/** A topic that can be taken away and made again. */
export interface KafkaSourceWorld extends SourceWorld {
  remove(): Promise<void>;
  make(): Promise<void>;
}

export async function kafkaSourceWorld(
  partitions: number,
  { fromBeginning = true } = {},
): Promise<KafkaSourceWorld> {
  const stack = sharedStack();
  const kafka = createKafka({
    brokers: stack.brokers,
    clientId: 'source-contract',
    logger: SILENT,
  });
  const world = await new World(stack).open(partitions);
  const transactional = world.kafka.producer({
    transactionalId: world.name,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 100, initialRetryTime: 20 },
  });
  let connected = false;
  return {
    topic: world.input,
    member: () =>
      new KafkaSource({
        kafka,
        groupId: world.name,
        topics: [world.input],
        partitions: 4,
        fromBeginning,
        outOfRange: 'stop',
        // A session far longer than the tests, so that only leaving or a missed rejoin ends a
        // membership.
        overrides: { sessionTimeout: 120_000, rebalanceTimeout: 3000, heartbeatInterval: 100 },
        logger: SILENT,
      }),
    produce: (partition, values) =>
      world.produce(
        partition,
        values.map((value) => Buffer.from(value)),
      ),
    transaction: async (partition, values, end) => {
      if (!connected) await transactional.connect();
      connected = true;
      const transaction = await transactional.transaction();
      await transaction.send({
        topic: world.input,
        messages: values.map((value) => ({ key: KEY, value, partition })),
      });
      await (end === 'commit' ? transaction.commit() : transaction.abort());
    },
    end: async (partition) => {
      const offsets = await world.admin.fetchTopicOffsets(world.input);
      return Number(offsets.find((entry) => entry.partition === partition)!.high);
    },
    committed: () => world.committed(),
    remove: () => world.admin.deleteTopics({ topics: [world.input] }),
    make: () => world.makeTopics([{ topic: world.input, numPartitions: partitions }]),
    close: async () => {
      if (connected) await transactional.disconnect();
      await world.close();
    },
  };
}

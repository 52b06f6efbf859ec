import { jest } from '@jest/globals';
import type { Champion } from '../../../src/compose/champion.ts';
import type { Service } from '../../../src/compose/service.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import type { FoundVersion, VersionStore } from '../../../src/rollout/version-store.ts';
import type { Started } from '../../../src/runtime/lifecycle.ts';
import type { Sink } from '../../../src/produce/sink.ts';
import { Cluster } from '../../support/memory/cluster.ts';
import type { Group } from '../../support/memory/group.ts';
import { MemoryProducer, type MemoryTransaction } from '../../support/memory/memory-producer.ts';
import { MemorySink, unwritten } from '../../support/memory/memory-sink.ts';
import { away, MemorySource } from '../../support/memory/memory-source.ts';
import type { Network, Peer } from '../../support/memory/network.ts';
import type { FakeRegistry } from '../../support/fake-registry.ts';
import { bundleOf, modelOf, published, versionOf } from './model.ts';
import { policyOf } from './policy.ts';

/**
 * The service as `run` builds it, composition root included, with the adapters to Kafka, the
 * registry and ONNX Runtime replaced by ones in memory. Everything between them is the real code.
 */
export interface Process {
  readonly peer: Peer;
  readonly network: Network;
  readonly cluster: Cluster;
  readonly group: Group;
  readonly registry: FakeRegistry;
  /** Everything that the service writes goes through here. */
  readonly written: <T>(to: TopicPartition, write: () => Promise<T>) => Promise<T>;
  /** Told when a producer hears that somebody else has its id. */
  readonly onFenced: (partition: number) => void;
  source?: MemorySource;
}

/** The process whose client this is, instead of a client. */
const processes = new Map<string, Process>();
const at = (kafka: unknown): Process => processes.get(kafka as string)!;

const lost = (): ScorerError =>
  new ScorerError({ code: 'REGISTRY_UNAVAILABLE', what: 'nothing answers' });

const mock = jest.unstable_mockModule.bind(jest);

mock('../../../src/compose/connections.ts', () => ({
  kafkaOf: async ({ name }: Settings) => name,
  registryOf: async ({ name }: Settings) => {
    const { registry, network, peer } = at(name);
    return Object.assign(Object.create(registry) as FakeRegistry, {
      byId: (id: number) => network.ask(peer, 'schema', () => registry.byId(id), lost),
      latest: registry.latest.bind(registry),
      find: registry.find.bind(registry),
      register: registry.register.bind(registry),
      compatible: registry.compatible.bind(registry),
      subjects: registry.subjects.bind(registry),
      close: () => undefined,
    });
  },
  asAtStart: (problems: unknown) => problems,
  atStart: (work: unknown) => work,
}));

mock('../../../src/compose/folder-versions.ts', () => ({
  folderVersions: () => ({
    find: async (wanted: string) => ({ version: versionOf(wanted), stamp: '' }),
    fetch: async ({ version }: FoundVersion) => version,
  }),
}));

mock('../../../src/compose/champion.ts', () => ({
  findChampion: async (store: VersionStore, wanted: string) => {
    const found = await store.find(wanted);
    return { bundle: bundleOf(await store.fetch(found)), problems: [], found };
  },
  readChampion: async (store: VersionStore, found: FoundVersion) => ({
    bundle: bundleOf(await store.fetch(found)),
    problems: [],
  }),
  openChampion: async ({ bundle }: Champion, { name }: Settings) => {
    const { network, peer } = at(name);
    const { version } = bundle!;
    const model = modelOf(version, (work) => network.ask(peer, 'score', work, lost));
    return {
      bundle,
      model,
      known: { inputs: model.inputs, unusable: [] },
      problems: [],
    };
  },
}));

mock('../../../src/inspect/kafka-inspect.ts', () => ({
  inspectKafka: async (kafka: unknown, _brokers: unknown, { inputs }: { inputs: string[] }) => ({
    partitions: new Map(inputs.map((topic) => [topic, at(kafka).cluster.input.length])),
    problems: [],
    accessTold: true,
  }),
}));

mock('../../../src/consume/kafka-source.ts', () => ({
  KafkaSource: class extends MemorySource {
    constructor({ kafka }: { kafka: unknown }) {
      const own = at(kafka);
      super(own.peer, own.network, own.cluster, own.group);
      own.source = this;
    }
  },
}));

mock('../../../src/consume/kafka-committed.ts', () => ({
  startCommitted: async (kafka: unknown) => {
    const { network, peer, cluster } = at(kafka);
    return {
      value: ({ partition }: TopicPartition) =>
        network.ask(peer, 'committed', () => cluster.committed.get(partition), away),
      stop: async () => undefined,
    };
  },
}));

mock('../../../src/produce/kafka-sink.ts', () => ({
  startKafkaSink: async ({ kafka }: { kafka: unknown }) => {
    const { network, peer, cluster, written } = at(kafka);
    const value = new MemorySink(
      async (topic) => cluster.partitions(topic),
      (to, records) =>
        written(to, () => network.ask(peer, 'write', () => cluster.write(to, records), unwritten)),
    );
    return { value, stop: async () => undefined };
  },
  // on a transaction
  KafkaSink: class extends MemorySink {
    constructor(
      { write }: MemoryTransaction,
      _compression: unknown,
      partitions: Sink['partitions'],
    ) {
      super(partitions, write);
    }
  },
}));

mock('../../../src/commit/kafka-transactions.ts', () => ({
  kafkaTransactions:
    ({ kafka, groupId }: { kafka: unknown; groupId: string }) =>
    (partition: TopicPartition) =>
      new MemoryProducer(groupId, partition, at(kafka)),
}));

const { startService } = await import('../../../src/compose/service.ts');

/** Starts a process as far as its joining of the group. */
export async function startProcess(
  process: Process,
  settings: Settings,
): Promise<{ readonly service: Promise<Started<Service>> }> {
  const { name } = process.peer;
  processes.set(name, process);
  const ready = Promise.withResolvers<undefined>();
  const expose = async () => ({ value: undefined, stop: async () => undefined });
  let number = published.policy;
  const now = (): Settings => ({
    ...settings,
    name,
    ...(settings.decision === undefined ? {} : { decision: policyOf(number) }),
  });
  const service = startService(now(), SILENT, new AbortController().signal, {
    expose,
    reload: async () => {
      if (number === published.policy) return undefined;
      number = published.policy;
      return now();
    },
    beforeJoin: async () => {
      ready.resolve(undefined);
    },
  });
  service.catch(ready.reject);
  await ready.promise;
  return { service };
}

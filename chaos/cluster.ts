import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin, Kafka, Producer } from 'kafkajs';
import { ConfluentRegistry } from '../src/decode/confluent-registry.ts';
import { SILENT } from '../src/observe/logger.ts';
import { createKafka } from '../src/kafkajs/kafka-client.ts';
import type { Lifecycle, Started } from '../src/runtime/lifecycle.ts';
import { mavenStack } from '../src/demo/stack/maven-stack.ts';
import { startStack, type Stack } from '../src/demo/stack/stack.ts';

export interface ClusterOptions {
  readonly brokers: number;
  readonly kafkaVersion?: string | undefined;
  /** Further lines of the brokers' settings. */
  readonly brokerSettings?: readonly string[];
  /** One that runs already and may be broken; it is left running. */
  readonly stack?: Stack | undefined;
  readonly projectDir: string;
  readonly say: (line: string) => void;
}

/**
 * A cluster that may be broken, and clients of the run's own, which reach it by the straight way.
 */
export interface Cluster {
  readonly stack: Stack;
  /** For files of the run; it goes with it. */
  readonly folder: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: Producer;
  readonly registry: ConfluentRegistry;
}

export async function openCluster(options: ClusterOptions, lifecycle: Lifecycle): Promise<Cluster> {
  const { brokers, kafkaVersion, brokerSettings = [], projectDir, say } = options;
  const stack =
    options.stack ??
    (await lifecycle.start(async () => {
      const cacheDir = join(projectDir, '.cache', 'stack');
      const stackOptions = {
        env: process.env,
        brokers,
        kafkaVersion,
        brokerSettings,
        cacheDir,
        projectDir,
        log: say,
      };
      // the parts have to be ours to break
      const value = await startStack(stackOptions, [['Maven', mavenStack]]);
      return { value, stop: () => value.stop() };
    }));
  const folder = await lifecycle.start(async () => {
    const value = await mkdtemp(join(tmpdir(), 'stream-scorer-chaos-'));
    return { value, stop: () => rm(value, { recursive: true, force: true }) };
  });
  const overrides = { requestTimeout: 8000, connectionTimeout: 2000 };
  const kafka = createKafka({
    brokers: stack.brokers,
    clientId: 'chaos',
    overrides,
    logger: SILENT,
  });
  const [admin, producer] = await lifecycle.start(async () => {
    const value = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })] as const;
    await Promise.all(value.map((client) => client.connect()));
    const close = async (): Promise<void> => {
      await Promise.all(value.map((client) => client.disconnect()));
    };
    return { value, stop: close };
  });
  const registry = await lifecycle.start(() => {
    const value = new ConfluentRegistry({
      url: stack.registryUrl,
      timeoutMs: 20_000,
      onFetch: () => undefined,
    });
    return Promise.resolve(
      stoppable(value, () => {
        value.close();
      }),
    );
  });
  return { stack, folder, kafka, admin, producer, registry };
}

export function stoppable<T>(value: T, end: () => void): Started<T> {
  const stop = (): Promise<void> => {
    end();
    return Promise.resolve();
  };
  return { value, stop };
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { atLeast, findJavas, type Java } from './java-homes.ts';
import { newId } from './format-folder.ts';
import { KafkaNode } from './kafka-node.ts';
import { fetchArtifacts, type Artifacts } from './maven-artifacts.ts';
import { clusterAnswers } from './kafka-probe.ts';
import { RegistryNode } from './registry-node.ts';
import type { Missing, Stack, StackOptions, StackProvider } from './stack-provider.ts';

const KAFKA_JAVA = 17;
const REGISTRY_JAVA = 21;
const READY_MS = 90_000;

/** Brokers and registry as child processes, from artifacts that Maven fetches. */
export const mavenStack: StackProvider = async (options) => {
  const { log, projectDir, cacheDir, kafkaVersion, brokers: count = 1 } = options;
  const javas = await findJavas(options.env);
  const kafkaJava = atLeast(javas, KAFKA_JAVA);
  const registryJava = atLeast(javas, REGISTRY_JAVA);
  const env = await mavenEnv(options.env, javas);
  if (env === undefined || kafkaJava === undefined || registryJava === undefined) {
    return lacking({ maven: env, kafkaJava, registryJava });
  }
  const pom = join(projectDir, 'stack', 'pom.xml');
  const artifacts = await fetchArtifacts({
    env,
    log,
    cacheDir: resolve(cacheDir),
    pom,
    kafkaVersion,
  });
  const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-stack-'));
  try {
    return await start(options, { folder, artifacts, kafkaJava, registryJava, count });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};

interface Plan {
  readonly folder: string;
  readonly artifacts: Artifacts;
  readonly kafkaJava: Java;
  readonly registryJava: Java;
  readonly count: number;
}

async function start(options: StackOptions, plan: Plan): Promise<Stack> {
  const { env, log, brokerSettings = [], registryUrl, shortLived = false } = options;
  const { folder, artifacts, kafkaJava, registryJava, count } = plan;
  const [registryPort, managementPort, ...ports] = await freePorts(2 + 2 * count);
  const voters = ports.slice(count).map((port, i) => `${i + 1}@127.0.0.1:${port}`);
  const clusterId = newId();
  const nodes = ports.slice(0, count).map(
    (port, i) =>
      new KafkaNode({
        id: i + 1,
        port,
        controllerPort: ports[count + i]!,
        voters,
        clusterId,
        java: kafkaJava.command,
        jars: artifacts.kafka,
        folder,
        env,
        settings: brokerSettings,
        shortLived,
      }),
  );
  const registry =
    registryUrl === undefined
      ? new RegistryNode({
          port: registryPort!,
          managementPort: managementPort!,
          java: registryJava.command,
          home: artifacts.registry,
          folder,
          env,
        })
      : undefined;
  const brokers = nodes.map((node) => node.address);
  const parts = registry === undefined ? nodes : [registry, ...nodes];
  const stop = async (): Promise<void> => {
    // No data is kept, so the processes are killed: a cluster that stops as a whole takes long.
    await Promise.all(parts.map((part) => part.stop('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  };
  log(
    `starting ${count === 1 ? 'a Kafka broker' : `${count} Kafka brokers`}${registry === undefined ? '' : ' and a schema registry'}`,
  );
  try {
    // Waits for all of them, so after a failure everything that has started is stopped.
    const started = await Promise.allSettled(parts.map((part) => part.start()));
    for (const part of started) if (part.status === 'rejected') throw part.reason;
    await Promise.all([
      registry?.ready(READY_MS),
      ...nodes.map((node) => node.ready(() => clusterAnswers(brokers), READY_MS)),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kind: 'maven',
    brokers,
    registryUrl: registry?.url ?? registryUrl!,
    stop,
    faults: {
      stopRegistry: () => ours(registry).stop(),
      startRegistry: async () => {
        await ours(registry).start();
        await ours(registry).ready(READY_MS);
      },
      stopBroker: (index = 0, how = 'SIGTERM') => nodes[index]!.stop(how),
      startBroker: async (index = 0) => {
        const node = nodes[index]!;
        await node.start();
        await node.ready(() => clusterAnswers([node.address]), READY_MS);
      },
      pauseBroker: (index = 0) => {
        nodes[index]!.signal('SIGSTOP');
      },
      resumeBroker: (index = 0) => {
        nodes[index]!.signal('SIGCONT');
      },
    },
  };
}

function ours(registry: RegistryNode | undefined): RegistryNode {
  if (registry === undefined) throw new Error('the registry belongs to somebody else');
  return registry;
}

/**
 * An environment in which `mvn` runs: unchanged, or with a Java that was found in a place where
 * Maven does not look.
 */
async function mavenEnv(
  env: StackOptions['env'],
  javas: readonly Java[],
): Promise<StackOptions['env'] | undefined> {
  for (const candidate of [
    env,
    ...javas.slice(0, 1).map(({ home }) => ({ ...env, JAVA_HOME: home })),
  ]) {
    const answer = await promisify(execFile)('mvn', ['-v'], { env: candidate }).catch(
      () => undefined,
    );
    if (answer !== undefined) return candidate;
  }
  return undefined;
}

function lacking(found: { maven: unknown; kafkaJava: unknown; registryJava: unknown }): Missing {
  const lacks = [
    found.maven === undefined ? 'Maven (mvn)' : '',
    found.kafkaJava === undefined ? `a JDK of version ${KAFKA_JAVA} or later for Kafka` : '',
    found.registryJava === undefined
      ? `a JDK of version ${REGISTRY_JAVA} or later for the registry`
      : '',
  ].filter((lack) => lack !== '');
  return {
    missing: `not found: ${lacks.join(', ')}`,
    remedy: `Install Maven and a JDK of version ${REGISTRY_JAVA} or later, which serves both. They are looked for in PATH, JAVA_HOME and /usr/lib/jvm.`,
  };
}

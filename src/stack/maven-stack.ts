import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { atLeast, findJavas, type Java } from './java-homes.ts';
import { KafkaNode, newClusterId } from './kafka-node.ts';
import { fetchArtifacts, type Artifacts } from './maven-artifacts.ts';
import { clusterAnswers } from './kafka-probe.ts';
import { RegistryNode } from './registry-node.ts';
import type { Missing, Stack, StackOptions, Way } from './way.ts';

const KAFKA_JAVA = 17;
const REGISTRY_JAVA = 21;
const READY_MS = 90_000;

/** Brokers and registry as child processes, from artifacts that Maven fetches. */
export const mavenStack: Way = async (options) => {
  const { env, log, projectDir, cacheDir, brokers: count = 1 } = options;
  const javas = await findJavas(env);
  const kafkaJava = atLeast(javas, KAFKA_JAVA);
  const registryJava = atLeast(javas, REGISTRY_JAVA);
  const lacking = await missingTools(env, kafkaJava, registryJava);
  if (lacking !== undefined || kafkaJava === undefined || registryJava === undefined) return lacking!;

  const artifacts = await fetchArtifacts({ env, log, cacheDir, pom: join(projectDir, 'stack', 'pom.xml') });
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

async function start({ env, log }: StackOptions, plan: Plan): Promise<Stack> {
  const { folder, artifacts, kafkaJava, registryJava, count } = plan;
  const [registryPort, managementPort, ...ports] = await freePorts(2 + 2 * count);
  const voters = ports.slice(count).map((port, i) => `${i + 1}@127.0.0.1:${port}`);
  const clusterId = await newClusterId(kafkaJava.command, artifacts.kafka);
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
      }),
  );
  const registry = new RegistryNode({
    port: registryPort!,
    managementPort: managementPort!,
    java: registryJava.command,
    home: artifacts.registry,
    folder,
    env,
  });
  const brokers = nodes.map((node) => node.address);
  const stop = async (): Promise<void> => {
    await Promise.all([registry.stop(), ...nodes.map((node) => node.stop('SIGTERM'))]);
    await rm(folder, { recursive: true, force: true });
  };
  log(`starting ${count === 1 ? 'a Kafka broker' : `${count} Kafka brokers`} and a schema registry`);
  try {
    await Promise.all([registry.start(READY_MS), ...nodes.map((node) => node.start())]);
    await Promise.all(nodes.map((node) => node.ready(() => clusterAnswers(brokers), READY_MS)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kind: 'maven',
    brokers,
    registryUrl: registry.url,
    stop,
    faults: {
      stopRegistry: () => registry.stop(),
      startRegistry: () => registry.start(READY_MS),
      stopBroker: (index = 0, how = 'SIGTERM') => nodes[index]!.stop(how),
      startBroker: async (index = 0) => {
        const node = nodes[index]!;
        await node.start();
        await node.ready(() => clusterAnswers([node.address]), READY_MS);
      },
    },
  };
}

async function missingTools(
  env: StackOptions['env'],
  kafkaJava: Java | undefined,
  registryJava: Java | undefined,
): Promise<Missing | undefined> {
  const maven = await promisify(execFile)('mvn', ['-v'], { env: env }).catch(() => undefined);
  const lacks = [
    maven === undefined ? 'Maven (mvn)' : '',
    kafkaJava === undefined ? `a JDK of ${KAFKA_JAVA} or later for Kafka` : '',
    registryJava === undefined ? `a JDK of ${REGISTRY_JAVA} or later for the registry` : '',
  ].filter((lack) => lack !== '');
  if (lacks.length === 0) return undefined;
  return {
    missing: `there is no ${lacks.join(', no ')}`,
    remedy: `Install Maven and a JDK of ${REGISTRY_JAVA} or later (it serves both); they are looked for in PATH, JAVA_HOME and /usr/lib/jvm.`,
  };
}

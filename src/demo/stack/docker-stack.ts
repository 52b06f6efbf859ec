import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Stack, StackProvider } from './stack-provider.ts';

const KAFKA_IMAGE = 'confluentinc/cp-kafka:8.1.0';
const REGISTRY_IMAGE = 'apicurio/apicurio-registry:3.3.3';
const REGISTRY_PORT = 8080;

const REMEDY = 'Install Docker and start its engine. It downloads the images.';

/**
 * One broker in KRaft mode and a registry in containers, by testcontainers (a development
 * dependency).
 */
export const dockerStack: StackProvider = async ({ log, brokers = 1 }) => {
  const engine = await promisify(execFile)('docker', [
    'info',
    '--format',
    '{{.ServerVersion}}',
  ]).catch(() => undefined);
  if (engine === undefined) return { missing: 'no Docker engine answers', remedy: REMEDY };
  if (brokers > 1)
    return {
      missing: 'Docker is not used for a cluster of several brokers',
      remedy: 'Use Maven.',
    };
  const modules = await Promise.all([
    import('testcontainers'),
    import('@testcontainers/kafka'),
  ]).catch(() => undefined);
  if (modules === undefined) {
    return {
      missing: 'testcontainers is not installed',
      remedy: 'Install the development dependencies: npm ci.',
    };
  }
  const [{ GenericContainer, Wait }, { KafkaContainer }] = modules;
  log(`starting ${KAFKA_IMAGE} and ${REGISTRY_IMAGE} in Docker`);
  const starting = [
    new KafkaContainer(KAFKA_IMAGE)
      .withKraft()
      .withEnvironment({
        // Settings that need three brokers would wait forever with one broker, and so would every
        // transaction.
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
        KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
        KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      })
      .start(),
    new GenericContainer(REGISTRY_IMAGE)
      .withExposedPorts(REGISTRY_PORT)
      .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', REGISTRY_PORT))
      .start(),
  ] as const;
  const [kafka, registry] = await Promise.all(starting).catch(async (error: unknown) => {
    // One part may run although the other failed. It would block the next start.
    for (const part of await Promise.allSettled(starting))
      if (part.status === 'fulfilled') await part.value.stop();
    throw error;
  });
  const stack: Stack = {
    kind: 'docker',
    brokers: [`${kafka.getHost()}:${kafka.getMappedPort(9093)}`],
    registryUrl: `http://${registry.getHost()}:${registry.getMappedPort(REGISTRY_PORT)}/apis/ccompat/v7`,
    faults: null,
    stop: async () => {
      await Promise.all([kafka.stop(), registry.stop()]);
    },
  };
  return stack;
};

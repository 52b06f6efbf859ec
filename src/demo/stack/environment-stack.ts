import type { StackProvider } from './stack-provider.ts';

/** A running stack that the environment names. */
export const environmentStack: StackProvider = ({ env }) => {
  const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl } = env;
  if (brokers === undefined || brokers === '' || registryUrl === undefined || registryUrl === '') {
    const missing = [!brokers && 'KAFKA_BROKERS', !registryUrl && 'SCHEMA_REGISTRY_URL']
      .filter(Boolean)
      .join(' and ');
    return Promise.resolve({
      missing: `${missing} not set`,
      remedy:
        'Set KAFKA_BROKERS=host:port and SCHEMA_REGISTRY_URL=http://host:port to use a stack that already runs.',
    });
  }
  return Promise.resolve({
    kind: 'environment',
    brokers: brokers.split(',').map((broker) => broker.trim()),
    registryUrl,
    faults: null,
    stop: () => Promise.resolve(),
  });
};

import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { kafkaOf, registryOf } from './connections.ts';
import type { Reports } from './reports.ts';

/**
 * The clients of the service. The registry client is closed at the end, and its fetches are
 * counted.
 */
export async function connect(
  lifecycle: Lifecycle,
  settings: Settings,
  { metrics, logger }: Reports,
): Promise<{ readonly kafka: Kafka; readonly registry: SchemaRegistry }> {
  const registry = await lifecycle.start(async () => {
    const value = await registryOf(settings, (outcome) => {
      metrics.schemaFetches.inc({ outcome });
    });
    const stop = (): Promise<void> => {
      value.close();
      return Promise.resolve();
    };
    return { value, stop };
  });
  const kafka = await lifecycle.step(() => kafkaOf(settings, logger));
  return { kafka, registry };
}

import type { Settings } from '../config/settings.ts';
import { KafkaRangeReader } from '../consume/kafka-range-reader.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { SILENT } from '../observe/logger.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { kafkaOf, registryOf } from './connections.ts';

/** Reads ranges of topics. No group is joined, and nothing is written. */
export async function rangeReaderOf(settings: Settings): Promise<RangeReader> {
  return new KafkaRangeReader({ kafka: await kafkaOf(settings, SILENT) });
}

/** The registry client of the configuration, closed with the lifecycle. */
export function openRegistry(lifecycle: Lifecycle, settings: Settings): Promise<SchemaRegistry> {
  return lifecycle.start(async () => {
    const value = await registryOf(settings);
    const stop = (): Promise<void> => {
      value.close();
      return Promise.resolve();
    };
    return { value, stop };
  });
}

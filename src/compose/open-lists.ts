import type { Settings } from '../config/settings.ts';
import { KafkaRangeReader } from '../consume/kafka-range-reader.ts';
import type { ListEvents } from '../decide/lists/key-list.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { keyTypeOf, type Readers } from './key-type.ts';
import { PolicyLists } from './policy-lists.ts';
import type { Reports } from './reports.ts';

/** The lists of the policy for the service: read to their ends, and followed from then on. */
export async function openLists(
  kafka: Kafka,
  settings: Settings,
  readers: Readers,
  reports: Reports,
  signal: AbortSignal,
): Promise<Started<PolicyLists>> {
  const { metrics, status } = reports;
  const reader = new KafkaRangeReader({ kafka });
  const lists = new PolicyLists({
    reader: () => Promise.resolve(reader),
    watchMs: settings.model.watchMs,
    follow: true,
    events: (name) => eventsOf(name, reports),
  });
  await lists.open(settings, signal, (list) => keyTypeOf(list, readers));
  metrics.onListCollect(() => {
    metrics.listEntries.reset();
    for (const { name, list } of lists.all) metrics.listEntries.set({ list: name }, list.size);
  });
  status.detailed(() => lists.detail());
  return { value: lists, stop: () => lists.close() };
}

function eventsOf(list: string, { metrics, logger }: Reports): ListEvents {
  return {
    rejected: (count, why, where) => {
      metrics.listRejected.inc({ list }, count);
      logger.warn(
        { code: 'LIST_INVALID', list, where, count },
        `records of the list ${list} are not understood and were not applied: ${why}`,
      );
    },
    away: (why) => {
      if (why === undefined) logger.info({ list }, `the list ${list} can be read again`);
      else logger.warn({ list }, `the list ${list} keeps what it has: ${why}`);
    },
  };
}

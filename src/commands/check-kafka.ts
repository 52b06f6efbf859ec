import type { Settings } from '../config/settings.ts';
import { kafkaOf } from '../compose/connections.ts';
import { PROTOCOL } from '../consume/kafka-assignor.ts';
import { groupWanted } from '../compose/guarantees.ts';
import { inspectKafka, type KafkaFindings } from '../inspect/kafka-inspect.ts';
import { SILENT } from '../observe/logger.ts';

/** What the brokers say of what the configuration names. */
export async function lookAtKafka(settings: Settings): Promise<KafkaFindings> {
  return inspectKafka(await kafkaOf(settings, SILENT), settings.kafka.brokers, {
    inputs: settings.input.topics,
    output: settings.output.topic,
    deadLetter: settings.deadLetter.topic,
    others: othersOf(settings),
    partitioning: settings.output.partitioning,
    ...groupWanted(settings),
    protocol: PROTOCOL,
  });
}

function othersOf({
  model,
  drift,
}: Settings): { readonly topic: string; readonly where: string }[] {
  const topics = { 'model.challengerTopic': model.challengerTopic, 'drift.topic': drift?.topic };
  return Object.entries(topics).flatMap(([where, topic]) =>
    topic === undefined ? [] : [{ topic, where }],
  );
}

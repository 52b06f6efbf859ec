import { SILENT } from '../../observe/logger.ts';
import { createKafka } from '../../kafkajs/kafka-client.ts';

/** Whether all these brokers answer and are one cluster. */
export async function clusterAnswers(brokers: readonly string[]): Promise<boolean> {
  const overrides = { connectionTimeout: 1000, requestTimeout: 2000 };
  const kafka = createKafka({ brokers, clientId: 'stack', overrides, logger: SILENT });
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.length >= brokers.length && cluster.controller !== null;
  } finally {
    await admin.disconnect();
  }
}

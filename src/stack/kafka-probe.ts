import kafkajs from 'kafkajs';

/** Whether all these brokers answer and are one cluster. */
export async function clusterAnswers(brokers: readonly string[]): Promise<boolean> {
  const admin = new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.length >= brokers.length && cluster.controller !== null;
  } finally {
    await admin.disconnect();
  }
}

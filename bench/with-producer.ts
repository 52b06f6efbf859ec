import type { Kafka, Producer } from 'kafkajs';

/**
 * Lends a producer. A new one each time: kafkajs' producers ask for the metadata of every topic
 * they ever wrote to, and once one of those has been deleted, all later sends of the same producer
 * fail.
 */
export async function withProducer<T>(
  kafka: Kafka,
  use: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
}

import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Started } from '../runtime/lifecycle.ts';

export interface RawScore {
  readonly value: Buffer;
  /**
   * Latency in ms: from the timestamp of the input record to that of the score record. The score
   * record has both.
   */
  readonly timestamp: number;
}

/** Reads a topic from its beginning and continues, independent of any group. */
export async function followTopic(
  kafka: Kafka,
  topic: string,
  onScore: (score: RawScore) => void,
): Promise<Started<undefined>> {
  const consumer = kafka.consumer({
    groupId: `demo-view-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    retry: { retries: 100 },
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      for (const { value, timestamp } of batch.messages) {
        if (value !== null) onScore({ value, timestamp: Number(timestamp) });
      }
      return Promise.resolve();
    },
  });
  return { value: undefined, stop: () => consumer.disconnect() };
}

import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { isDenial } from '../kafkajs/kafka-errors.ts';
import { KAFKA_RETRY, type Kafka } from '../kafkajs/kafka-client.ts';
import { committedIn } from '../kafkajs/kafka-group.ts';
import type { Started } from '../runtime/lifecycle.ts';
import type { TopicIds } from '../runtime/topic-ids.ts';

export type ReadCommitted = (partition: TopicPartition) => Promise<bigint | undefined>;

/**
 * Reads the committed offsets of the group without any cache. An offset of a deleted topic counts
 * as none. Throws BROKER_UNAVAILABLE and KAFKA_DENIED.
 */
export async function startCommitted(
  kafka: Kafka,
  groupId: string,
  ids: TopicIds,
): Promise<Started<ReadCommitted>> {
  const admin = kafka.admin({ retry: KAFKA_RETRY });
  await admin.connect();
  const read: ReadCommitted = async ({ topic, partition }) => {
    try {
      const topics = await admin.fetchOffsets({ groupId, topics: [topic] });
      return committedIn(topics, { topic, partition }, ids);
    } catch (error) {
      const what = `the committed offsets cannot be read: ${(error as Error).message}`;
      const code = isDenial(error) ? 'KAFKA_DENIED' : 'BROKER_UNAVAILABLE';
      throw new ScorerError({ code, what, where: `group ${groupId}` }, { cause: error });
    }
  };
  return { value: read, stop: () => admin.disconnect() };
}

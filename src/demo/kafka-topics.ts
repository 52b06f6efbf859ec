import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig, Kafka } from 'kafkajs';

const READY_MS = 30_000;
const POLL_MS = 50;

/**
 * Creates topics. Returns once the broker knows a leader for every partition. The `waitForLeaders`
 * of kafkajs gives up if a broker does not know the topic yet, which is usual on a busy machine.
 * @throws the last answer of the broker after 30 s.
 */
export async function makeTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics: [...topics], waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  for (const until = performance.now() + READY_MS; ;) {
    try {
      await mustBeLed(admin, names);
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await sleep(POLL_MS);
  }
}

async function mustBeLed(admin: Admin, names: string[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const leaderless = topics.filter(({ partitions }) => partitions.some(({ leader }) => leader < 0));
  if (leaderless.length > 0)
    throw new Error(`no leader yet: ${leaderless.map(({ name }) => name).join(', ')}`);
}

/** Creates the topics that do not exist. */
export async function createTopics(
  kafka: Kafka,
  topics: readonly string[],
  partitions: number,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const there = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !there.has(topic));
    if (missing.length > 0) {
      await makeTopics(
        admin,
        missing.map((topic) => ({ topic, numPartitions: partitions })),
      );
    }
  } finally {
    await admin.disconnect();
  }
}

export async function deleteTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [...topics] });
  } finally {
    await admin.disconnect();
  }
}

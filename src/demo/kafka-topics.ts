import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig, Kafka } from 'kafkajs';

const READY_MS = 30_000;
const POLL_MS = 50;

/**
 * Makes topics, and returns once the broker that is asked knows a leader of every one's partitions.
 * kafkajs' own `waitForLeaders` gives up where a broker has not heard of the topic at all yet,
 * which is usual on a busy machine.
 *
 * @throws what the broker last answered, if it does not get there within 30 s.
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

/** Makes the topics that are not there. */
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

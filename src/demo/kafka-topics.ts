import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';

const READY_MS = 30_000;
const POLL_MS = 50;

/**
 * Makes topics, and returns once the broker that is asked knows a leader of every one's partitions. kafkajs' own
 * `waitForLeaders` gives up where a broker has not heard of the topic at all yet, which is usual on a busy machine.
 *
 * @throws what the broker last answered, if it does not get there within 30 s.
 */
export async function makeTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics: [...topics], waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  const until = performance.now() + READY_MS;
  while (!(await areLed(admin, names, until))) await sleep(POLL_MS);
}

async function areLed(admin: Admin, names: string[], until: number): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    if (performance.now() > until) throw error;
    return false;
  }
}

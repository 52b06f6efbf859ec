import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

const ASK_EVERY_MS = 500;
/** A cluster that is not whole by then is broken as it is; the run says so in other ways. */
const LONGEST_MS = 60_000;

/** Waits until every replica of every partition of these topics is in sync. */
export async function untilInSync(
  admin: Pick<Admin, 'fetchTopicMetadata'>,
  topics: readonly string[],
  stop: AbortSignal,
): Promise<void> {
  for (const until = performance.now() + LONGEST_MS; performance.now() < until;) {
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] }).catch(() => undefined);
    const partitions = metadata?.topics.flatMap((topic) => topic.partitions);
    if (partitions?.every(({ isr, replicas }) => isr.length === replicas.length) === true) return;
    await sleep(ASK_EVERY_MS, undefined, { signal: stop });
  }
}

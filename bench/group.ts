import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { round, table } from './report-table.ts';
import { median } from './statistics.ts';
import type { Topics } from './topics.ts';

export interface GroupOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topics: Topics;
  readonly prefix: string;
  readonly partitions: number;
  /** Numbers of members to look at. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly stop: AbortSignal;
  readonly onMeasured: (measured: GroupTimes) => void;
}

/**
 * How long a group of members without work takes until all of them have their partitions, s; NaN
 * where it did not.
 */
export interface GroupTimes {
  readonly members: number;
  readonly round: number;
  /** From when all start at once. */
  readonly startSeconds: number;
  /** From when one more starts. */
  readonly joinSeconds: number;
  /** From when one begins to leave. */
  readonly leaveSeconds: number;
}

export interface Group {
  readonly measured: readonly GroupTimes[];
  readonly partitions: number;
}

/** As the program has them. */
const HEARTBEAT_MS = 1000;
const SESSION_MS = 30_000;
const POLL_MS = 50;
const PATIENCE_MS = 120_000;
/** Between the steps: what the one before has set off is over. */
const CALM_MS = 3000;

/**
 * Members of one group on one topic of empty partitions, all clients in this process and the broker
 * beside it: what is seen is the group's protocol and the clients' own work, without any record.
 */
export async function measureGroups(options: GroupOptions): Promise<GroupTimes[]> {
  const { topics, prefix, partitions, sizes, rounds, onMeasured } = options;
  const topic = `${prefix}-group`;
  await topics.create(topic, partitions);
  const all: GroupTimes[] = [];
  for (let no = 1; no <= rounds; no++) {
    for (const members of sizes) {
      const times = {
        members,
        round: no,
        ...(await measureOne(options, topic, `${topic}-${members}-${no}`, members)),
      };
      onMeasured(times);
      all.push(times);
    }
  }
  await topics.delete(topic);
  return all;
}

async function measureOne(
  { kafka, admin, topics, stop }: GroupOptions,
  topic: string,
  groupId: string,
  members: number,
): Promise<Omit<GroupTimes, 'members' | 'round'>> {
  /** How often each consumer has been given partitions. */
  const joins = new Map<Consumer, number>();
  const start = async (): Promise<void> => {
    const consumer = kafka.consumer({
      groupId,
      heartbeatInterval: HEARTBEAT_MS,
      sessionTimeout: SESSION_MS,
      maxWaitTimeInMs: 250,
    });
    joins.set(consumer, 0);
    consumer.on('consumer.group_join', () => joins.set(consumer, (joins.get(consumer) ?? 0) + 1));
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
  };
  /**
   * Seconds until the broker calls the group stable with all members, each of which has joined
   * since.
   */
  const settled = async (act: () => Promise<unknown>): Promise<number> => {
    const before = new Map(joins);
    const from = performance.now();
    const acting = act().catch(() => undefined);
    for (const until = from + PATIENCE_MS; performance.now() < until;) {
      const anew = [...joins].every(([consumer, count]) => count > (before.get(consumer) ?? 0));
      if (anew) {
        const { groups } = await admin.describeGroups([groupId]);
        if (groups[0]?.state === 'Stable' && groups[0].members.length === joins.size) {
          await acting;
          return (performance.now() - from) / 1000;
        }
      }
      await sleep(POLL_MS, undefined, { signal: stop });
    }
    return NaN;
  };
  try {
    const startSeconds = await settled(() => Promise.all(Array.from({ length: members }, start)));
    await sleep(CALM_MS, undefined, { signal: stop });
    const joinSeconds = await settled(start);
    await sleep(CALM_MS, undefined, { signal: stop });
    const leaveSeconds = await settled(async () => {
      const [leaver] = joins.keys();
      joins.delete(leaver!);
      await leaver!.disconnect();
    });
    return { startSeconds, joinSeconds, leaveSeconds };
  } finally {
    await Promise.all([...joins.keys()].map((consumer) => consumer.disconnect()));
    await topics.deleteGroup(groupId);
  }
}

/** As Markdown: medians (lowest to highest) for each number of members. */
export function reportGroup({ measured, partitions }: Group): string {
  const show = round(1);
  const rows = [...Map.groupBy(measured, ({ members }) => members)].map(([members, runs]) => [
    String(members),
    ...(['startSeconds', 'joinSeconds', 'leaveSeconds'] as const).map((figure) => {
      const values = runs.map((run) => run[figure]);
      return `${show(median(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
    }),
  ]);
  return `## The group's protocol: members without work

${partitions.toLocaleString('en-US')} partitions, all clients in one process. The time until every member has its partitions. Medians (lowest to highest).

${table(['members', 'all start at once (s)', 'one more joins (s)', 'one leaves (s)'], rows)}
`;
}

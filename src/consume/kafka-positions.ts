import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../observe/logger.ts';
import { askTopics } from '../kafkajs/kafka-topic-request.ts';
import type { TopicIds } from '../runtime/topic-ids.ts';
import type { ConsumerGroup, OffsetsOfTopic } from '../kafkajs/kafka-group.ts';

export interface PositionsOptions {
  readonly startFrom: 'earliest' | 'latest';
  readonly ids: TopicIds;
  readonly logger: Logger;
}

/** A topic of the assignment as `settle` finds it. */
interface Found {
  readonly topic: string;
  /** Partitions without an offset that may be believed. */
  readonly missing: readonly number[];
  /** The group has an offset of another partition of this topic, so it has begun with it. */
  readonly begun: boolean;
  /** There are offsets that belong to a topic of this name that was deleted. */
  readonly stale: boolean;
}

const POLL_MS = 100;
/**
 * Longest wait for the member that has a topic's first partition; a version before this one does
 * not commit there.
 */
const OTHERS_MS = 5000;

/**
 * Commits a position for every partition of a new assignment that has none, before anything is
 * read. From then on a restart finds it, however little has been read, and what arrives in between
 * is read.
 *
 * - A topic that the group has no offset of begins as `startFrom` says. The member that has its
 *   first partition commits all of its partitions at once and the others wait for that: if each did
 *   its own, a rebalance in between would leave some without.
 * - Where other partitions of the topic have offsets, one without was added later, or its offset
 *   expired. It is read from its start: records may be scored twice then, and none is skipped.
 * - An offset that names another topic id belongs to a topic that was deleted; it counts as none.
 *
 * An offset that may be believed is never touched.
 */
export async function settle(group: ConsumerGroup, options: PositionsOptions): Promise<void> {
  const own = group.assigned().filter(({ partitions }) => partitions.length > 0);
  if (own.length === 0) return;
  const began = performance.now();
  const told = new Set<string>();
  for (;;) {
    const found = await find(group, own, options);
    for (const { topic, stale } of found) {
      if (!stale || told.has(topic)) continue;
      told.add(topic);
      options.logger.error(
        { topic },
        `the topic was deleted and created again: reading starts again (${options.startFrom})`,
      );
    }
    const lacking = found.filter(({ topic, missing }) =>
      missing.some((partition) => has(own, topic, partition)),
    );
    if (lacking.length === 0) return;
    const late = performance.now() - began > OTHERS_MS;
    const mine = lacking.map(({ topic, missing, begun, stale }) => {
      if (!begun && has(own, topic, 0)) return { topic, missing, begun, stale };
      const alone = begun || late ? missing.filter((partition) => has(own, topic, partition)) : [];
      return { topic, missing: alone, begun, stale };
    });
    if (mine.some(({ missing }) => missing.length > 0)) await begin(group, mine, options);
    else await sleep(POLL_MS);
    await heartbeat(group);
  }
}

const has = (
  own: readonly { topic: string; partitions: number[] }[],
  topic: string,
  partition: number,
): boolean => own.some((entry) => entry.topic === topic && entry.partitions.includes(partition));

async function find(
  { cluster, coordinator, groupId }: ConsumerGroup,
  own: readonly { topic: string }[],
  { ids }: PositionsOptions,
): Promise<Found[]> {
  const names = own.map(({ topic }) => topic);
  const seen = await askTopics(await cluster.brokerPool.findConnectedBroker(), names);
  const remade = new Set<string>();
  for (const [topic, { id }] of seen) {
    const before = ids.get(topic);
    if (before !== undefined && id !== undefined && before !== id) remade.add(topic);
    ids.set(topic, id);
  }
  const { responses } = await coordinator!.offsetFetch({
    groupId,
    topics: [...seen].map(([topic, { partitions }]) => ({
      topic,
      partitions: partitions.map((partition) => ({ partition })),
    })),
  });
  return responses.map(({ topic, partitions }) => {
    const has = partitions.filter(({ offset }) => BigInt(offset) >= 0n);
    const believed = has.filter(({ metadata }) => ids.believes(topic, metadata));
    const stale = believed.length < has.length || remade.has(topic);
    const missing = partitions
      .filter((entry) => !believed.includes(entry))
      .map(({ partition }) => partition);
    return { topic, missing, begun: believed.length > 0, stale };
  });
}

async function begin(
  group: ConsumerGroup,
  found: readonly Found[],
  options: PositionsOptions,
): Promise<void> {
  const { cluster, coordinator, groupId, memberId, generationId } = group;
  const { startFrom, ids, logger } = options;
  const asked = found
    .filter(({ missing }) => missing.length > 0)
    .map(({ topic, missing, begun }) => ({
      topic,
      partitions: missing.map((partition) => ({ partition })),
      fromBeginning: begun || startFrom === 'earliest',
    }));
  const offsets = await cluster.fetchTopicsOffset(asked);
  const told = offsets.reduce((sum, { partitions }) => sum + partitions.length, 0);
  if (told < asked.reduce((sum, { partitions }) => sum + partitions.length, 0))
    await cluster.refreshMetadata();
  if (told === 0) {
    await sleep(POLL_MS); // no partition has a leader yet
    return;
  }
  await coordinator!.offsetCommit({
    groupId,
    groupGenerationId: generationId!,
    memberId: memberId!,
    topics: offsets.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, offset }) => ({
        partition,
        offset,
        metadata: ids.note(topic),
      })),
    })),
  });
  for (const { topic, partitions } of offsets) tell(topic, partitions, found, startFrom, logger);
}

function tell(
  topic: string,
  partitions: OffsetsOfTopic['partitions'],
  found: readonly Found[],
  startFrom: string,
  logger: Logger,
): void {
  const { begun } = found.find((entry) => entry.topic === topic)!;
  const positions = Object.fromEntries(
    partitions.map(({ partition, offset }) => [partition, offset]),
  );
  if (begun) {
    const what =
      'some partitions have no committed offset and are read from their start: they were added, or their offsets expired';
    logger.warn({ topic, positions }, what);
  } else
    logger.info({ topic, startFrom, positions }, 'the group reads this topic for the first time');
}

/** A rebalance, which a member has to hear of, is thrown. */
async function heartbeat({
  coordinator,
  groupId,
  generationId,
  memberId,
}: ConsumerGroup): Promise<void> {
  await coordinator!.heartbeat({ groupId, groupGenerationId: generationId!, memberId: memberId! });
}

/** Which of these topics are not there (any more), or not the ones that the assignment is about. */
export async function changed(
  group: ConsumerGroup,
  topics: readonly string[],
  ids: TopicIds,
  nodeId?: string,
): Promise<{ gone: string[]; remade: string[] }> {
  const { cluster } = group;
  const broker = await (nodeId === undefined
    ? cluster.brokerPool.findConnectedBroker()
    : cluster.findBroker({ nodeId }));
  const seen = await askTopics(broker, topics);
  const gone = topics.filter((topic) => !seen.has(topic));
  const remade = topics.filter((topic) => {
    const [before, now] = [ids.get(topic), seen.get(topic)?.id];
    return before !== undefined && now !== undefined && before !== now;
  });
  return { gone, remade };
}

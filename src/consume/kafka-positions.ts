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
  /** Partitions without a valid offset. */
  readonly missing: readonly number[];
  /**
   * The group has an offset of another partition of this topic, so it has already started to read
   * it.
   */
  readonly begun: boolean;
  /** Some offsets belong to a deleted topic with the same name. */
  readonly stale: boolean;
}

const POLL_MS = 100;
/**
 * Longest wait for the member with the first partition of a topic. A member of an earlier version
 * does not commit there.
 */
const OTHERS_MS = 5000;

/**
 * Commits a position for every partition of a new assignment that has none, before anything is
 * read. After that a restart finds it, however little was read, and records that arrive in between
 * are read.
 * - A topic without any offset of the group starts as `startFrom` says. The member with its first
 *   partition commits all of its partitions at once, and the others wait for that. If each member
 *   did its own, a rebalance in between would leave some without a position.
 * - If other partitions of the topic have offsets, a partition without one was added later, or its
 *   offset expired. It is read from its start: records may be scored twice, but none is skipped.
 * - An offset that names another topic id belongs to a deleted topic. It counts as none.
 *
 * A valid offset is never changed.
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

/** Throws at a rebalance, because the member has to know about it. */
async function heartbeat({
  coordinator,
  groupId,
  generationId,
  memberId,
}: ConsumerGroup): Promise<void> {
  await coordinator!.heartbeat({ groupId, groupGenerationId: generationId!, memberId: memberId! });
}

/** Which of these topics do not exist (any more), or are not the ones of the assignment. */
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

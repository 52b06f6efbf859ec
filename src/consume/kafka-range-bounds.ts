import { ScorerError } from '../errors.ts';
import type { RequestCluster } from '../kafkajs/kafka-cluster.ts';
import { askTopics } from '../kafkajs/kafka-topic-request.ts';
import type { Bound, GivenOffsets, Range } from './range-reader.ts';

export interface PartitionBounds {
  readonly partition: number;
  readonly start: number;
  /** The first offset that is not read. */
  readonly end: number;
}

export const READ_WRITTEN = 0;
export const READ_COMMITTED = 1;
/** Kafka's times for the two ends of a partition. */
const OLDEST = -2;
const NEWEST = -1;
/** Offsets do not come so far. */
const NO_END = Number.MAX_SAFE_INTEGER;
/** No record has such a late time. */
const NONE = -1;

/** Where a range begins and ends in each partition, as it is now. */
export async function boundsOf(cluster: RequestCluster, range: Range): Promise<PartitionBounds[]> {
  const { topic, from, to, read = 'committed' } = range;
  const partitions = await partitionsOf(cluster, range);
  const isolation = read === 'committed' ? READ_COMMITTED : READ_WRITTEN;
  const ask = (timestamp: number): Promise<Map<number, number>> =>
    offsetsAt(cluster, topic, partitions, timestamp, isolation);
  // The ends are read first: records that are written meanwhile are not in the range.
  const newest = await ask(NEWEST);
  const oldest = await ask(OLDEST);
  const at = async (
    bound: Bound | undefined,
    byDefault: Map<number, number>,
  ): Promise<(partition: number) => number> => {
    if (bound === undefined) return (partition) => byDefault.get(partition)!;
    if ('offset' in bound)
      return (partition) => bound.offset(partition) ?? byDefault.get(partition)!;
    const found = await ask(bound.time);
    return (partition) => {
      const offset = found.get(partition)!;
      const end = newest.get(partition)!;
      return offset === NONE ? end : Math.min(offset, end);
    };
  };
  for (const bound of [from, to]) checkNamed(bound, topic, partitions);
  const start = await at(from, oldest);
  const end = await at(to, newest);
  return partitions.map((partition) => {
    const known = { oldest: oldest.get(partition)!, newest: newest.get(partition)! };
    const last = range.follow === true ? known.newest : end(partition);
    checked(`${topic}-${partition}`, start(partition), known, givenOf(from));
    checked(`${topic}-${partition}`, last, known, givenOf(to));
    return { partition, start: start(partition), end: range.follow === true ? NO_END : last };
  });
}

async function partitionsOf(
  cluster: RequestCluster,
  { topic, partitions }: Range,
): Promise<readonly number[]> {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const seen = (await askTopics(broker, [topic])).get(topic);
  if (seen?.denied === true)
    throw new ScorerError({
      code: 'KAFKA_DENIED',
      what: `Describe on the topic ${topic} was denied`,
      where: topic,
    });
  if (seen === undefined || seen.partitions.length === 0)
    throw new ScorerError({
      code: 'TOPIC_NOT_FOUND',
      what: `the topic ${topic} does not exist`,
      where: topic,
    });
  const missing = partitions?.filter((partition) => !seen.partitions.includes(partition)) ?? [];
  if (missing.length > 0)
    throw new ScorerError({
      code: 'TOPIC_NOT_FOUND',
      what: `the topic ${topic} has no partition ${missing.join(', ')}`,
      where: topic,
      remedy: `Choose partitions from 0 to ${seen.partitions.length - 1}.`,
    });
  await cluster.addTargetTopic(topic);
  return [...(partitions ?? seen.partitions)].sort((a, b) => a - b);
}

async function offsetsAt(
  cluster: RequestCluster,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolationLevel: number,
): Promise<Map<number, number>> {
  const leaders = Object.entries(cluster.findLeaderForPartitions(topic, partitions));
  const answers = await Promise.all(
    leaders.map(async ([nodeId, led]) => {
      const broker = await cluster.findBroker({ nodeId });
      const asked = led.map((partition) => ({ partition, timestamp }));
      const { responses } = await broker.listOffsets({
        replicaId: -1,
        isolationLevel,
        topics: [{ topic, partitions: asked }],
      });
      return responses.flatMap((response) => response.partitions);
    }),
  );
  return new Map(answers.flat().map(({ partition, offset }) => [partition, Number(offset)]));
}

function givenOf(bound: Bound | undefined): GivenOffsets | undefined {
  return bound !== undefined && 'offset' in bound ? bound.given : undefined;
}

function checkNamed(bound: Bound | undefined, topic: string, partitions: readonly number[]): void {
  const given = givenOf(bound);
  const missing = given?.partitions.filter((partition) => !partitions.includes(partition)) ?? [];
  if (given === undefined || missing.length === 0) return;
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: `the topic ${topic} has no partition ${missing.join(', ')}`,
    where: given.option,
    remedy: `Name partitions from ${partitions[0]} to ${partitions.at(-1)}.`,
  });
}

function checked(
  place: string,
  offset: number,
  { oldest, newest }: { oldest: number; newest: number },
  given: GivenOffsets | undefined,
): void {
  if (offset >= oldest && offset <= newest) return;
  throw new ScorerError({
    code: given === undefined ? 'OFFSET_OUT_OF_RANGE' : 'INPUT_INVALID',
    what: `the offset ${offset} is not in ${place}, which has the offsets ${oldest} to ${newest}`,
    where: given?.option ?? place,
    remedy: 'Choose offsets that the topic has.',
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { Problem } from '../errors.ts';
import { clusterOf, type RequestCluster } from '../kafkajs/kafka-cluster.ts';
import { askTopics, type TopicSeen } from '../kafkajs/kafka-topic-request.ts';
import { nearest } from '../runtime/nearest.ts';
import { inspectAccess, type OtherTopic } from './kafka-access.ts';
import { inspectGroup, inspectNewGroup } from './kafka-group-inspect.ts';

export interface TopicsWanted {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly deadLetter: string;
  /** Other topics that are written to, each with its configuration key. */
  readonly others?: readonly OtherTopic[];
  readonly partitioning: 'same' | 'key';
  readonly groupId: string;
  /** The assignment protocol of our members, to compare it with that of the current members. */
  readonly protocol?: string;
  /** The transactional ids of exactly-once. */
  readonly transactionalId?: ((at: { topic: string; partition: number }) => string) | undefined;
}

export interface KafkaFindings {
  /** Number of partitions of each existing topic. */
  readonly partitions: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
  /** Whether the brokers told everything about permissions. */
  readonly accessTold: boolean;
}

/** If one of several brokers dies meanwhile, the next attempt finds another. */
const ATTEMPTS = 3;
const AGAIN_MS = 300;

/**
 * Examines the brokers and the topics. Reports every problem at once, with the command that solves
 * it.
 */
export async function inspectKafka(
  kafka: Kafka,
  brokers: readonly string[],
  wanted: TopicsWanted,
): Promise<KafkaFindings> {
  for (let attempt = 1; ; attempt++) {
    const admin = kafka.admin({ retry: { retries: 2, initialRetryTime: 200 } });
    const cluster = clusterOf(kafka);
    let answered = false;
    try {
      await admin.connect();
      answered = true;
      return await inspect(admin, cluster, brokers, wanted);
    } catch (error) {
      if (answered && attempt < ATTEMPTS && isConnectionLost(error)) await sleep(AGAIN_MS);
      else return unreachable(brokers, error as Error);
    } finally {
      await Promise.all([admin.disconnect(), cluster?.disconnect()]);
    }
  }
}

async function inspect(
  admin: Admin,
  cluster: RequestCluster | undefined,
  brokers: readonly string[],
  wanted: TopicsWanted,
): Promise<KafkaFindings> {
  const seen = await look(cluster, wanted);
  const topics = await inspectTopics(admin, brokers, wanted, seen);
  const access = await accessTo(cluster, seen, topics.partitions, wanted);
  const mayLook = !access.problems.some(({ where }) => where === 'input.groupId');
  const group = mayLook ? await inspectGroups(admin, cluster, wanted) : [];
  return {
    partitions: topics.partitions,
    problems: [...topics.problems, ...access.problems, ...group],
    accessTold: access.complete,
  };
}

function unreachable(brokers: readonly string[], { message }: Error): KafkaFindings {
  const what = `no broker of ${brokers.join(', ')} answers: ${message}`;
  const problem: Problem = { code: 'KAFKA_UNREACHABLE', what, where: 'kafka.brokers' };
  return { partitions: new Map(), problems: [problem], accessTold: false };
}

function isConnectionLost(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name.startsWith('KafkaJSConnection')) return true;
  }
  return false;
}

/** The topics with the allowed operations; empty if kafkajs does not give access to the request. */
async function look(
  cluster: RequestCluster | undefined,
  wanted: TopicsWanted,
): Promise<ReadonlyMap<string, TopicSeen>> {
  if (cluster === undefined) return new Map();
  await cluster.connect();
  await cluster.refreshMetadata();
  const others = (wanted.others ?? []).map(({ topic }) => topic);
  const names = new Set([...wanted.inputs, wanted.output, wanted.deadLetter, ...others]);
  return askTopics(await cluster.brokerPool.findConnectedBroker(), [...names], true);
}

async function accessTo(
  cluster: RequestCluster | undefined,
  seen: ReadonlyMap<string, TopicSeen>,
  partitions: ReadonlyMap<string, number>,
  wanted: TopicsWanted,
): ReturnType<typeof inspectAccess> {
  if (cluster === undefined) return { problems: [], complete: false };
  const { transactionalId } = wanted;
  const places = wanted.inputs.flatMap((topic) =>
    Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  );
  const transactionalIds = transactionalId === undefined ? [] : places.map(transactionalId);
  return inspectAccess(cluster, seen, { ...wanted, transactionalIds });
}

async function inspectGroups(
  admin: Admin,
  cluster: RequestCluster | undefined,
  wanted: TopicsWanted,
): Promise<readonly Problem[]> {
  const { groupId, protocol } = wanted;
  const other = cluster === undefined ? [] : await inspectNewGroup(cluster, groupId);
  return other.length > 0 || protocol === undefined
    ? other
    : inspectGroup(admin, groupId, protocol);
}

async function inspectTopics(
  admin: Admin,
  brokers: readonly string[],
  wanted: TopicsWanted,
  seen: ReadonlyMap<string, TopicSeen>,
): Promise<Pick<KafkaFindings, 'partitions' | 'problems'>> {
  const existing = await admin.listTopics();
  const places: [topic: string, where: string][] = [
    ...wanted.inputs.map((topic, i): [string, string] => [topic, `input.topics[${i}]`]),
    [wanted.output, 'output.topic'],
    [wanted.deadLetter, 'deadLetter.topic'],
    ...(wanted.others ?? []).map(({ topic, where }): [string, string] => [topic, where]),
  ];
  const there = places.filter(([topic]) => existing.includes(topic)).map(([topic]) => topic);
  const { topics } =
    there.length === 0
      ? { topics: [] }
      : await admin.fetchTopicMetadata({ topics: [...new Set(there)] });
  const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
  const most = Math.max(0, ...wanted.inputs.map((topic) => partitions.get(topic) ?? 0));
  const problems = places
    .filter(([topic]) => !existing.includes(topic) && seen.get(topic)?.denied !== true)
    .map(([topic, where]) =>
      missing(topic, where, existing, brokers, wanted.inputs.includes(topic) ? 1 : most || 1),
    );

  const has = partitions.get(wanted.output);
  if (wanted.partitioning === 'same' && has !== undefined && has < most) {
    problems.push({
      code: 'TOPIC_PARTITIONS',
      what: `the output topic ${wanted.output} has ${has} partitions, but an input topic has ${most}`,
      where: 'output.topic',
      remedy: `kafka-topics.sh --bootstrap-server ${brokers[0] ?? ''} --alter --topic ${wanted.output} --partitions ${most}, or set output.partitioning: key`,
    });
  }
  return { partitions, problems };
}

function missing(
  topic: string,
  where: string,
  existing: readonly string[],
  brokers: readonly string[],
  partitions: number,
): Problem {
  const near = nearest(topic, existing);
  const create = `kafka-topics.sh --bootstrap-server ${brokers[0] ?? ''} --create --topic ${topic} --partitions ${partitions}`;
  return {
    code: 'TOPIC_NOT_FOUND',
    what: `the topic ${topic} does not exist, or the principal may not describe it`,
    where,
    remedy:
      near === undefined ? `Create it: ${create}` : `Did you mean ${near}? Or create it: ${create}`,
  };
}

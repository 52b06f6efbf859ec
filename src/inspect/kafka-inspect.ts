import type { Admin, Kafka } from 'kafkajs';
import type { Problem } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';

export interface TopicsWanted {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly deadLetter: string;
  readonly partitioning: 'same' | 'key';
  /** The group and its assignment protocol, where it is to be looked at. */
  readonly group?: { readonly id: string; readonly protocol: string };
}

export interface KafkaFindings {
  /** Partitions of each topic that is there. */
  readonly partitions: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

/** Looks at the brokers and the topics; every problem at once, with the command that mends it. */
export async function inspectKafka(
  kafka: Kafka,
  brokers: readonly string[],
  wanted: TopicsWanted,
): Promise<KafkaFindings> {
  const admin = kafka.admin({ retry: { retries: 2, initialRetryTime: 200 } });
  try {
    await admin.connect();
    const found = await inspectTopics(admin, brokers, wanted);
    const group = wanted.group === undefined ? [] : await inspectGroup(admin, wanted.group);
    return { ...found, problems: [...found.problems, ...group] };
  } catch (error) {
    const { message } = error as Error;
    const what = `no broker of ${brokers.join(', ')} answers: ${message}`;
    return { partitions: new Map(), problems: [{ code: 'KAFKA_UNREACHABLE', what, where: 'kafka.brokers' }] };
  } finally {
    await admin.disconnect();
  }
}

/** Whether members with another assignment protocol have the group. */
async function inspectGroup(
  admin: Admin,
  { id, protocol }: NonNullable<TopicsWanted['group']>,
): Promise<readonly Problem[]> {
  const { groups } = await admin.describeGroups([id]);
  const taken = groups.find((group) => group.members.length > 0 && group.protocol !== protocol);
  if (taken === undefined) return [];
  const { protocol: other, protocolType, members, state } = taken;
  const by = [...new Set(members.map(({ clientId }) => clientId))].join(', ');
  const what = `the group ${id} is in use: ${members.length} members (${by}) have the assignment protocol ${other || protocolType || 'of another kind'}, not ${protocol} (${state})`;
  return [{ code: 'GROUP_IN_USE', what, where: 'input.groupId' }];
}

async function inspectTopics(admin: Admin, brokers: readonly string[], wanted: TopicsWanted): Promise<KafkaFindings> {
  const existing = await admin.listTopics();
  const places: [topic: string, where: string][] = [
    ...wanted.inputs.map((topic, i): [string, string] => [topic, `input.topics[${i}]`]),
    [wanted.output, 'output.topic'],
    [wanted.deadLetter, 'deadLetter.topic'],
  ];
  const there = places.filter(([topic]) => existing.includes(topic)).map(([topic]) => topic);
  const { topics } =
    there.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: [...new Set(there)] });
  const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
  const most = Math.max(0, ...wanted.inputs.map((topic) => partitions.get(topic) ?? 0));
  const problems = places
    .filter(([topic]) => !existing.includes(topic))
    .map(([topic, where]) => missing(topic, where, existing, brokers, wanted.inputs.includes(topic) ? 1 : most || 1));

  const has = partitions.get(wanted.output);
  if (wanted.partitioning === 'same' && has !== undefined && has < most) {
    problems.push({
      code: 'TOPIC_PARTITIONS',
      what: `${wanted.output} has ${has} partitions, the input topics up to ${most}`,
      where: 'output.topic',
      remedy: `kafka-topics.sh --bootstrap-server ${brokers[0] ?? ''} --alter --topic ${wanted.output} --partitions ${most}, or output.partitioning: key`,
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
    what: `there is no topic ${topic}, or it may not be seen`,
    where,
    remedy: near === undefined ? `Create it: ${create}` : `Did you mean ${near}? Or create it: ${create}`,
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../errors.ts';
import { askGroupAccess, askTransactionalId } from '../kafkajs/kafka-access-requests.ts';
import {
  coordinatorOf,
  GROUP_COORDINATOR,
  TRANSACTION_COORDINATOR,
  type RequestCluster,
} from '../kafkajs/kafka-cluster.ts';
import type { RequestBroker, TopicSeen } from '../kafkajs/kafka-topic-request.ts';

/** A topic beside the stream that is written to, with its configuration key. */
export interface OtherTopic {
  readonly topic: string;
  readonly where: string;
}

/**
 * What the program does with topics, group and transactional ids, each with its configuration key.
 */
export interface AccessWanted {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly deadLetter: string;
  readonly others?: readonly OtherTopic[];
  readonly groupId: string;
  /** One for each input partition; none without transactions. */
  readonly transactionalIds: readonly string[];
}

export interface AccessFindings {
  readonly problems: readonly Problem[];
  /** Whether the brokers told everything. */
  readonly complete: boolean;
}

const READ = 3;
const WRITE = 4;
const DESCRIBE = 8;

const GROUP_DENIED = 'GROUP_AUTHORIZATION_FAILED';
const ID_DENIED = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
const GROUP_DENIED_CODE = 30;
const ID_DENIED_CODE = 53;
/** The coordinator has just started or moved, so it is asked again. */
const PASSING = new Set([14, 15, 16]);
const PASSING_TYPES = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
]);
const TRIES = 20;
const WAIT_MS = 100;
/** Transactional ids that are checked at the same time. */
const AT_ONCE = 16;

type Wait = (ms: number) => Promise<unknown>;

/**
 * What is denied, by the answers of the brokers. What they do not tell counts as allowed, and
 * `complete` is false.
 */
export async function inspectAccess(
  cluster: RequestCluster,
  seen: ReadonlyMap<string, TopicSeen>,
  wanted: AccessWanted,
  wait: Wait = sleep,
): Promise<AccessFindings> {
  const topics = inspectTopicAccess(seen, wanted);
  const group = await inspectGroupAccess(cluster, wanted.groupId, wait);
  const ids = await inspectIdAccess(cluster, wanted.transactionalIds, wait);
  const found = [topics, group, ids];
  return {
    problems: found.flatMap(({ problems }) => problems),
    complete: found.every(({ complete }) => complete),
  };
}

function inspectTopicAccess(
  seen: ReadonlyMap<string, TopicSeen>,
  wanted: AccessWanted,
): AccessFindings {
  const uses: [topic: string, where: string, operation: number][] = [
    ...wanted.inputs.map((topic, i): [string, string, number] => [
      topic,
      `input.topics[${i}]`,
      READ,
    ]),
    [wanted.output, 'output.topic', WRITE],
    [wanted.deadLetter, 'deadLetter.topic', WRITE],
    ...(wanted.others ?? []).map(({ topic, where }): [string, string, number] => [
      topic,
      where,
      WRITE,
    ]),
  ];
  const problems: Problem[] = [];
  let complete = true;
  for (const [topic, where, operation] of uses) {
    const found = seen.get(topic);
    if (found === undefined) continue; // does not exist, which is another problem
    if (found.denied) problems.push(denied(operation, 'topic', topic, where, HIDDEN));
    else if (!isTold(found.operations)) complete = false;
    else if (!allows(found.operations, operation))
      problems.push(denied(operation, 'topic', topic, where));
  }
  return { problems, complete };
}

async function inspectGroupAccess(
  cluster: RequestCluster,
  id: string,
  wait: Wait,
): Promise<AccessFindings> {
  const nothing = [denied(READ, 'group', id, 'input.groupId', HIDDEN)];
  const found = await whenReady(
    cluster,
    id,
    GROUP_COORDINATOR,
    askGroupAccess,
    (answer) => answer?.error ?? 0,
    wait,
  );
  if (found === GROUP_DENIED) return { problems: nothing, complete: true };
  if (typeof found !== 'object') return { problems: [], complete: false };
  if (found.error === GROUP_DENIED_CODE) return { problems: nothing, complete: true };
  if (!isTold(found.operations)) return { problems: [], complete: false };
  const problems = allows(found.operations, READ)
    ? []
    : [denied(READ, 'group', id, 'input.groupId')];
  return { problems, complete: true };
}

async function inspectIdAccess(
  cluster: RequestCluster,
  ids: readonly string[],
  wait: Wait,
): Promise<AccessFindings> {
  const refused: string[] = [];
  let complete = true as boolean;
  const ask = async (id: string): Promise<void> => {
    const code = await whenReady(
      cluster,
      id,
      TRANSACTION_COORDINATOR,
      askTransactionalId,
      (answer) => answer,
      wait,
    );
    if (code === ID_DENIED || code === ID_DENIED_CODE) refused.push(id);
    else if (typeof code !== 'number' || PASSING.has(code)) complete = false;
  };
  for (let i = 0; i < ids.length; i += AT_ONCE)
    await Promise.all(ids.slice(i, i + AT_ONCE).map(ask));
  const first = ids.find((id) => refused.includes(id));
  if (first === undefined) return { problems: [], complete };
  const more =
    refused.length === 1
      ? ''
      : `, and on ${refused.length - 1} more of the ${ids.length} ids (one for each input partition)`;
  return { problems: [denied(WRITE, 'transactional id', first, 'delivery', more)], complete };
}

/**
 * The answer of the coordinator once it is ready, or the type of the error if looking for it is
 * denied. Undefined without an answer: then `run` finds out.
 */
async function whenReady<T>(
  cluster: RequestCluster,
  id: string,
  kind: number,
  ask: (broker: RequestBroker, id: string) => Promise<T>,
  codeOf: (answer: T) => number,
  wait: Wait,
): Promise<T | string | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await ask(await coordinatorOf(cluster, id, kind), id);
      if (!PASSING.has(codeOf(answer)) || tries === TRIES) return answer;
    } catch (error) {
      const { type } = error as { type?: string };
      if (type === GROUP_DENIED || type === ID_DENIED) return type;
      if (type === undefined || !PASSING_TYPES.has(type) || tries === TRIES) return undefined;
    }
    await wait(WAIT_MS);
  }
}

/**
 * A principal that may see a resource may describe it. Bits without Describe come from a broker
 * that does not support them.
 */
function isTold(operations: number | undefined): operations is number {
  return operations !== undefined && allows(operations, DESCRIBE);
}

const allows = (operations: number, operation: number): boolean =>
  (operations & (1 << operation)) !== 0;

const HIDDEN = ', and neither is Describe';

function denied(
  operation: number,
  kind: 'topic' | 'group' | 'transactional id',
  name: string,
  where: string,
  more = '',
): Problem {
  const allowed = operation === READ ? 'Read' : 'Write';
  const flag = kind.replace(' ', '-');
  return {
    code: 'KAFKA_DENIED',
    what: `${allowed} on the ${kind} ${name} is not allowed${more}`,
    where,
    remedy: `Grant it: kafka-acls.sh --add --allow-principal User:… --operation ${allowed} --${flag} '${name}'`,
  };
}

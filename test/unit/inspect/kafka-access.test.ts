import { inspectAccess } from '../../../src/inspect/kafka-access.ts';
import type { RequestCluster } from '../../../src/kafkajs/kafka-cluster.ts';
import type { TopicSeen } from '../../../src/kafkajs/kafka-topic-request.ts';

const READ_DESCRIBE = 0b1_0000_1000;
const WRITE_DESCRIBE = 0b1_0001_0000;
const DESCRIBE = 0b1_0000_0000;
const WANTED = {
  inputs: ['in'],
  output: 'out',
  deadLetter: 'dead',
  others: [{ topic: 'reports', where: 'drift.topic' }],
  groupId: 'g',
  transactionalIds: ['g-/in/0', 'g-/in/1'],
};

const seen = (
  operations: Readonly<Record<string, number | undefined>>,
  denied: readonly string[] = [],
) =>
  new Map(
    Object.entries(operations).map(([topic, bits]): [string, TopicSeen] => [
      topic,
      { id: undefined, partitions: [0], denied: denied.includes(topic), operations: bits },
    ]),
  );
const ALL = seen({
  in: READ_DESCRIBE,
  out: WRITE_DESCRIBE,
  dead: WRITE_DESCRIBE,
  reports: WRITE_DESCRIBE,
});

interface Answers {
  readonly group?: { error?: number; operations?: number };
  /** The codes that each id is answered with, one after the other. */
  readonly ids?: Readonly<Record<string, number[]>>;
  readonly lookup?: (id: string) => Error | undefined;
}

/** A cluster whose coordinators answer as told; by default everything is allowed. */
function cluster({ group = {}, ids = {}, lookup = () => undefined }: Answers = {}): RequestCluster {
  const send = async (given: unknown): Promise<unknown> => {
    const { request } = given as {
      request: { apiName: string; encode(): Promise<{ buffer: Buffer }> };
    };
    const { buffer } = await request.encode();
    if (request.apiName === 'DescribeGroups')
      return { value: { error: group.error ?? 0, operations: group.operations ?? READ_DESCRIBE } };
    const id = buffer.subarray(2, 2 + buffer.readUInt16BE()).toString();
    return { value: ids[id]?.shift() ?? 49 };
  };
  const broker = { versions: { 15: { maxVersion: 6 } }, connectionPool: { send } };
  const findGroupCoordinator = ({ groupId }: { groupId: string }): Promise<unknown> => {
    const error = lookup(groupId);
    return error === undefined
      ? Promise.resolve({ coordinator: { nodeId: 1 } })
      : Promise.reject(error);
  };
  const findConnectedBroker = (): Promise<unknown> =>
    Promise.resolve({ ...broker, findGroupCoordinator });
  return {
    brokerPool: { findConnectedBroker },
    findBroker: () => Promise.resolve(broker),
  } as never;
}

const inspect = (answers?: Answers, topics: ReadonlyMap<string, TopicSeen> = ALL) =>
  inspectAccess(cluster(answers), topics, WANTED, () => Promise.resolve());

const typed = (type: string): Error => Object.assign(new Error(type), { type });

it('finds nothing where everything is allowed', async () => {
  expect(await inspect()).toEqual({ problems: [], complete: true });
});

it.each([
  ['in', 'input.topics[0]', 'Read'],
  ['out', 'output.topic', 'Write'],
  ['dead', 'deadLetter.topic', 'Write'],
  ['reports', 'drift.topic', 'Write'],
])(
  'tells the topic %s that may be seen and not used, with its key',
  async (topic, where, operation) => {
    const { problems } = await inspect({}, new Map([...ALL, ...seen({ [topic]: DESCRIBE })]));
    expect(problems).toMatchObject([
      { code: 'KAFKA_DENIED', where, what: `${operation} on the topic ${topic} is not allowed` },
    ]);
    expect(problems[0]!.remedy).toContain(`--operation ${operation} --topic '${topic}'`);
  },
);

it('tells a topic that may not even be seen', async () => {
  const { problems } = await inspect({}, new Map([...ALL, ...seen({ out: undefined }, ['out'])]));
  expect(problems.map(({ what }) => what)).toEqual([
    'Write on the topic out is not allowed, and neither is Describe',
  ]);
});

it.each([
  ['by its operations', { group: { operations: DESCRIBE } }],
  ['by the error', { group: { error: 30 } }],
  [
    'by who may not look for its coordinator',
    { lookup: (id: string) => (id === 'g' ? typed('GROUP_AUTHORIZATION_FAILED') : undefined) },
  ],
])('tells a group that may not be read, %s', async (_how, answers) => {
  const { problems } = await inspect(answers);
  expect(problems).toMatchObject([{ code: 'KAFKA_DENIED', where: 'input.groupId' }]);
  expect(problems[0]!.what).toContain('Read on the group g is not allowed');
});

it.each([
  ['one', { ids: { 'g-/in/1': [53] } }, 'Write on the transactional id g-/in/1 is not allowed'],
  [
    'all',
    {
      lookup: (id: string) =>
        id === 'g' ? undefined : typed('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'),
    },
    'Write on the transactional id g-/in/0 is not allowed, and on 1 more of the 2 ids (one for each input partition)',
  ],
])('tells transactional ids that may not be written: %s', async (_how, answers, what) => {
  expect((await inspect(answers)).problems).toMatchObject([
    { code: 'KAFKA_DENIED', where: 'delivery', what },
  ]);
});

it('asks again while a coordinator is not ready', async () => {
  expect(await inspect({ ids: { 'g-/in/0': [16, 14, 53] } })).toMatchObject({
    problems: [{ where: 'delivery' }],
  });
  let tries = 0;
  const lookup = (id: string): Error | undefined =>
    id === 'g' && tries++ < 3 ? typed('GROUP_COORDINATOR_NOT_AVAILABLE') : undefined;
  expect(await inspect({ lookup })).toEqual({ problems: [], complete: true });
});

it.each([
  ['no operations', { group: { operations: -(2 ** 31) } }, ALL],
  ['operations of a topic that make no sense', {}, new Map([...ALL, ...seen({ in: 0 })])],
  ['nothing for other reasons', { lookup: () => new Error('away') }, ALL],
])('takes for allowed what is not told, and says so: %s', async (_what, answers, topics) => {
  expect(await inspect(answers, topics)).toEqual({ problems: [], complete: false });
});

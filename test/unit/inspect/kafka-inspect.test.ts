import kafkajs from 'kafkajs';
import { inspectKafka } from '../../../src/inspect/kafka-inspect.ts';

/** A cluster whose topics are in order, and a group with one member, or none. */
function cluster(group: { protocol: string; members: number }) {
  const topics = ['in', 'out', 'dead'];
  const member = { clientId: 'other' };
  const admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve(topics),
    fetchTopicMetadata: () =>
      Promise.resolve({ topics: topics.map((name) => ({ name, partitions: [{}] })) }),
    describeGroups: () =>
      Promise.resolve({
        groups: [
          {
            protocol: group.protocol,
            protocolType: 'consumer',
            state: 'Stable',
            members: Array(group.members).fill(member),
          },
        ],
      }),
  };
  return { admin: () => admin } as never;
}

const wanted = {
  inputs: ['in'],
  output: 'out',
  deadLetter: 'dead',
  partitioning: 'same',
  groupId: 'scorers',
} as const;
const protocol = 'ours';

/** Its first brokers die while they are asked. */
function dying(deaths: number, error: Error) {
  let asked = 0;
  const { admin } = cluster({ protocol: 'ours', members: 1 }) as { admin: () => object };
  const listTopics = (): Promise<string[]> =>
    ++asked > deaths ? Promise.resolve(['in', 'out', 'dead']) : Promise.reject(error);
  return { kafka: { admin: () => ({ ...admin(), listTopics }) } as never, asked: () => asked };
}

describe('a broker that dies while it is asked', () => {
  const reset = new kafkajs.KafkaJSConnectionError('read ECONNRESET', {});

  it('is no reason not to start where another one answers', async () => {
    const { kafka } = dying(2, new Error('given up', { cause: reset }));
    expect(await inspectKafka(kafka, ['b:1', 'b:2'], wanted)).toMatchObject({
      problems: [],
    });
  });

  it('is told where none answers in the end, and any other error at once', async () => {
    for (const [error, asked] of [
      [reset, 3],
      [new Error('no such request'), 1],
    ] as const) {
      const all = dying(Infinity, error);
      expect((await inspectKafka(all.kafka, ['b:1'], wanted)).problems).toMatchObject([
        { code: 'KAFKA_UNREACHABLE', what: `no broker of b:1 answers: ${error.message}` },
      ]);
      expect(all.asked()).toBe(asked);
    }
  });
});

describe('the group', () => {
  it('of members with another assignment protocol is told, by id, member and protocol', async () => {
    const { problems } = await inspectKafka(cluster({ protocol: 'range', members: 1 }), ['b:1'], {
      ...wanted,
      protocol,
    });
    expect(problems).toMatchObject([{ code: 'GROUP_IN_USE', where: 'input.groupId' }]);
    expect(problems[0]!.what).toMatch(/scorers.*1 member \(other\).*range, not ours/);
  });

  it.each([
    ['of members with the same protocol', { protocol: 'ours', members: 1 }],
    ['without members', { protocol: '', members: 0 }],
  ])('%s is in order', async (_what, there) => {
    expect((await inspectKafka(cluster(there), ['b:1'], { ...wanted, protocol })).problems).toEqual(
      [],
    );
  });

  it('is left alone where nobody asks for it', async () => {
    expect(
      (await inspectKafka(cluster({ protocol: 'range', members: 1 }), ['b:1'], wanted)).problems,
    ).toEqual([]);
  });
});

describe('a topic beside the stream', () => {
  const there = cluster({ protocol: 'ours', members: 1 });

  it('is told where it is not there, and not where nobody asks for it', async () => {
    const { problems } = await inspectKafka(there, ['b:1'], {
      ...wanted,
      others: [{ topic: 'compared', where: 'model.challengerTopic' }],
    });
    expect(problems).toMatchObject([{ code: 'TOPIC_NOT_FOUND', where: 'model.challengerTopic' }]);
    expect(problems[0]!.what).toContain('compared');
    expect((await inspectKafka(there, ['b:1'], { ...wanted, others: [] })).problems).toEqual([]);
  });
});

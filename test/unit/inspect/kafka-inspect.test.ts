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

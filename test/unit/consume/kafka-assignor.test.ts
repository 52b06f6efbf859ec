import kafkajs from 'kafkajs';
import { createAssignor, spread } from '../../../src/consume/kafka-assignor.ts';
import { SILENT, type Logger } from '../../../src/observe/logger.ts';

const topic = (partitions: number) => ({ partitions: [...Array(partitions).keys()] });
const counts = (given: ReturnType<typeof spread>): number[] =>
  [...given.values()].map((topics) => Object.values(topics).flat().length);

describe('what a member is given', () => {
  it('is of the topics that it reads', () => {
    const members = [{ memberId: 'a', topics: ['one'] }, { memberId: 'b', topics: ['two'] }]; // prettier-ignore
    const seen = new Map([['one', topic(2)], ['two', topic(2)]]); // prettier-ignore
    expect(Object.fromEntries(spread(members, seen))).toEqual({ a: { one: [0, 1] }, b: { two: [0, 1] } });
  });

  it('is as much as others have, over all topics together', () => {
    const members = ['c', 'a', 'b'].map((memberId) => ({ memberId, topics: ['one', 'two', 'three', 'four'] }));
    const seen = new Map(['one', 'two', 'three', 'four'].map((name) => [name, topic(1)]));
    expect(counts(spread(members, seen)).sort()).toEqual([1, 1, 2]);
  });

  it('makes up for what only others can read', () => {
    const members = [{ memberId: 'a', topics: ['both', 'mine'] }, { memberId: 'b', topics: ['both'] }]; // prettier-ignore
    const seen = new Map([['both', topic(4)], ['mine', topic(4)]]); // prettier-ignore
    expect(counts(spread(members, seen))).toEqual([4, 4]);
  });

  it('is every partition once, whatever the members read', () => {
    const names = ['p', 'q', 'r', 's'];
    const seen = new Map(names.map((name, i) => [name, topic(i * 3 + 1)]));
    for (let seed = 0; seed < 256; seed++) {
      const reads = (bits: number): string[] => names.filter((_name, i) => (bits >> i) & 1);
      const members = [{ memberId: 'a', topics: reads(seed) }, { memberId: 'b', topics: reads(seed >> 4) }]; // prettier-ignore
      const given = [...spread(members, seen)].flatMap(([memberId, topics]) =>
        Object.entries(topics).flatMap(([name, partitions]) => partitions.map((p) => ({ memberId, name, p }))),
      );
      const read = new Set(members.flatMap(({ topics }) => topics));
      expect(given).toHaveLength([...read].reduce((sum, name) => sum + seen.get(name)!.partitions.length, 0));
      expect(new Set(given.map(({ name, p }) => `${name}-${p}`)).size).toBe(given.length);
      for (const { memberId, name } of given) {
        expect(members.find((member) => member.memberId === memberId)!.topics).toContain(name);
      }
    }
  });
});

describe('the assignor', () => {
  const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;
  const member = (memberId: string, ...topics: string[]) => ({
    memberId,
    memberMetadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  });

  function assignor(logger: Logger = SILENT) {
    const broker = {
      versions: null,
      connectionPool: { send: () => Promise.reject(new Error('not asked')) },
      metadata: () =>
        Promise.resolve({
          topicMetadata: ['one', 'two'].map((name) => ({ topic: name, partitionMetadata: [{ partitionId: 0 }] })),
        }),
    };
    return createAssignor({ cluster: { brokerPool: { findConnectedBroker: () => Promise.resolve(broker) } } }, logger);
  }

  // A group has one protocol; with another name, members of the version before could not stay while a service is updated.
  it('has the name that members of the version before know', () => {
    const ours = assignor();
    const theirs = kafkajs.PartitionAssigners.roundRobin({ cluster: undefined!, groupId: 'g', logger: undefined! });
    expect(ours.name).toBe(theirs.name);
    expect(ours.protocol({ topics: ['one'] })).toEqual(theirs.protocol({ topics: ['one'] }));
  });

  it('reads what members ask for, of topics that the leader does not read as well', async () => {
    const given = await assignor().assign({ members: [member('a', 'one'), member('b', 'two')] });
    const read = given.map(({ memberId, memberAssignment }) => [memberId, MemberAssignment.decode(memberAssignment)?.assignment]); // prettier-ignore
    expect(read).toEqual([['a', { one: [0] }], ['b', { two: [0] }]]); // prettier-ignore
  });

  it('tells of topics that are not there, and of those that nobody reads any more', async () => {
    const warned: unknown[] = [];
    const logger = { ...SILENT, warn: (what: unknown) => void warned.push(what) } as unknown as Logger;
    const ours = assignor(logger);
    await ours.assign({ members: [member('a', 'one'), member('b', 'absent')] });
    await ours.assign({ members: [member('b', 'absent')] });
    expect(warned).toEqual([{ topics: ['absent'] }, { topics: ['absent'] }, { topics: ['one'] }]);
  });
});

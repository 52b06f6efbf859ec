import kafkajs from 'kafkajs';
import { createAssignor } from '../../../src/consume/kafka-assignor.ts';
import { decodeOwned } from '../../../src/consume/kafka-owned.ts';
import { SILENT, type Logger } from '../../../src/observe/logger.ts';

describe('the assignor', () => {
  const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;
  const member = (memberId: string, ...topics: string[]) => ({
    memberId,
    memberMetadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  });
  const userDataOf = (metadata: Buffer): Buffer => MemberMetadata.decode(metadata)!.userData;

  function assignor(logger: Logger = SILENT) {
    const broker = {
      versions: null,
      connectionPool: { send: () => Promise.reject(new Error('not asked')) },
      metadata: () =>
        Promise.resolve({
          topicMetadata: ['one', 'two'].map((name) => ({
            topic: name,
            partitionMetadata: [{ partitionId: 0 }],
          })),
        }),
    };
    return createAssignor(
      { cluster: { brokerPool: { findConnectedBroker: () => Promise.resolve(broker) } } },
      logger,
    );
  }

  // A group has one protocol; with another name, members of the version before could not stay while
  // a service is updated.
  it('has the name that members of the version before know', () => {
    const ours = assignor();
    const theirs = kafkajs.PartitionAssigners.roundRobin({
      cluster: undefined!,
      groupId: 'g',
      logger: undefined!,
    });
    expect(ours.name).toBe(theirs.name);
    const said = ours.protocol({ topics: ['one'] });
    expect([said.name, MemberMetadata.decode(said.metadata)?.topics]).toEqual([
      theirs.name,
      ['one'],
    ]);
  });

  it('tells what the member has, so that it stays there', async () => {
    const [one, other] = [assignor(), assignor()];
    const assigned = () => [{ topic: 'one', partitions: [0] }];
    one.remember({ generationId: 7, assigned });
    other.remember({ generationId: 6, assigned });
    const metadata = (of: typeof one): Buffer => of.protocol({ topics: ['one', 'two'] }).metadata;
    expect(decodeOwned(userDataOf(metadata(one)))).toEqual({
      generation: 7,
      partitions: { one: [0] },
    });
    const members = [
      { memberId: 'a', memberMetadata: metadata(other) },
      { memberId: 'b', memberMetadata: metadata(one) },
    ];
    const given = await assignor().assign({ members });
    const read = given.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment,
    ]);
    expect(read).toEqual([
      ['a', { two: [0] }],
      ['b', { one: [0] }],
    ]);
  });

  it.each([
    '',
    'no JSON',
    '[]',
    'null',
    '{"generation":"x","partitions":{}}',
    '{"generation":1,"partitions":{"one":["0"]}}',
  ])('takes %j for a member that had nothing', (said) => {
    expect(decodeOwned(Buffer.from(said)).partitions).toEqual({});
  });

  it('reads what members ask for, of topics that the leader does not read as well', async () => {
    const given = await assignor().assign({ members: [member('a', 'one'), member('b', 'two')] });
    const read = given.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment,
    ]);
    expect(read).toEqual([
      ['a', { one: [0] }],
      ['b', { two: [0] }],
    ]);
  });

  it('tells of topics that are not there, and of those that nobody reads any more', async () => {
    const warned: unknown[] = [];
    const logger = {
      ...SILENT,
      warn: (what: unknown) => void warned.push(what),
    } as unknown as Logger;
    const ours = assignor(logger);
    await ours.assign({ members: [member('a', 'one'), member('b', 'absent')] });
    await ours.assign({ members: [member('b', 'absent')] });
    expect(warned).toEqual([{ topics: ['absent'] }, { topics: ['absent'] }, { topics: ['one'] }]);
  });
});

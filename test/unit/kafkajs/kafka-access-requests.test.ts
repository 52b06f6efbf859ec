import {
  askGroupAccess,
  askNewGroup,
  askTransactionalId,
} from '../../../src/kafkajs/kafka-access-requests.ts';
import type { RequestBroker } from '../../../src/kafkajs/kafka-topic-request.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

interface Given {
  readonly request: { encode(): Promise<{ readonly buffer: Buffer }> };
  readonly response: { decode(bytes: Buffer): Promise<unknown>; parse(data: unknown): unknown };
}

function broker(answer: string, versions: RequestBroker['versions']) {
  const sent: string[] = [];
  const send = async (given: unknown): Promise<unknown> => {
    const { request, response } = given as Given;
    sent.push((await request.encode()).buffer.toString('hex'));
    return response.parse(await response.decode(bytes(answer)));
  };
  return { made: { versions, connectionPool: { send } } as unknown as RequestBroker, sent };
}

describe('operations on a group', () => {
  // Version 3: the instance of a static member comes only with version 4.
  const member = '0001 6d 0001 63 0001 68 00000001 aa 00000000';
  const answer = (operations: string, ...members: string[]): string =>
    `00000000 00000001 0000 0001 67 0006 537461626c65 0000 0000 0000000${members.length} ${members.join('')} ${operations}`;

  it('are read behind its members', async () => {
    const { made, sent } = broker(answer('00000108', member, member), { 15: { maxVersion: 6 } });
    expect(await askGroupAccess(made, 'g')).toEqual({ error: 0, operations: 0x108 });
    expect(sent).toEqual([bytes('00000001 0001 67 01').toString('hex')]);
  });

  it('are unknown where the broker does not tell, or is too old', async () => {
    expect(
      await askGroupAccess(broker(answer('80000000'), { 15: { maxVersion: 3 } }).made, 'g'),
    ).toEqual({ error: 0, operations: undefined });
    expect(await askGroupAccess(broker('', { 15: { maxVersion: 2 } }).made, 'g')).toBeUndefined();
  });
});

describe('a group of the new protocol', () => {
  const assignment = `02 ${'11'.repeat(16)} 03 696e 02 00000000 00 00`;
  const member = `02 6d 00 00 00000005 03 7264 02 68 02 03 696e 00 ${assignment} 01 00 00`;
  const answer = (error: string, state: string, members: string): string =>
    `00 00000000 02 ${error} 00 02 67 ${state} 00000005 00000005 08 756e69666f726d ${members} 80000000 00 00`;

  it('is told with its assignor and clients', async () => {
    const { made, sent } = broker(answer('0000', '07 537461626c65', `02 ${member}`), {
      69: { maxVersion: 1 },
    });
    expect(await askNewGroup(made, 'g')).toEqual({
      state: 'Stable',
      assignor: 'uniform',
      clients: ['rd'],
    });
    expect(sent).toEqual([bytes('00 02 02 67 00 00').toString('hex')]);
  });

  it('is told when it is empty, and when there is none', async () => {
    const versions = { 69: { maxVersion: 1 } };
    expect(
      await askNewGroup(broker(answer('0000', '06 456d707479', '01'), versions).made, 'g'),
    ).toMatchObject({ state: 'Empty', clients: [] });
    expect(
      await askNewGroup(broker(answer('0045', '01', '01'), versions).made, 'g'),
    ).toBeUndefined();
    expect(await askNewGroup(broker('', {}).made, 'g')).toBeUndefined();
  });
});

it('asks for a transactional id by ending what there cannot be', async () => {
  const { made, sent } = broker('00000000 0035', {});
  expect(await askTransactionalId(made, 'g-/in/0')).toBe(53);
  expect(sent).toEqual([
    bytes(`0007 ${Buffer.from('g-/in/0').toString('hex')} ${'ff'.repeat(10)} 00`).toString('hex'),
  ]);
});

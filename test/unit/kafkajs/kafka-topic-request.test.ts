import { askTopics, type RequestBroker } from '../../../src/kafkajs/kafka-topic-request.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const ID = '000102030405060708090a0b0c0d0e0f';

/**
 * Metadata v10 as a broker writes it: one broker, a topic of two partitions, one that is missing,
 * one that is denied.
 */
const ANSWER = bytes(`
  00 00000000
  02 00000001 0568 6f73 74 00002384 00 00
  02 63 00000001
  04
  0000 03 696e ${ID} 00
  03 0000 00000001 00000001 00000000 02 00000001 02 00000001 01 00
     0000 00000000 00000001 00000000 02 00000001 02 00000001 01 00
  80000000 00
  0003 03 6e6f ${'00'.repeat(16)} 00 01 80000000 00
  001d 03 7878 ${'00'.repeat(16)} 00 01 80000000 00
  80000000 00
`);

interface Request {
  readonly request: { readonly apiVersion: number; encode(): Promise<{ readonly buffer: Buffer }> };
  readonly response: { decode(bytes: Buffer): Promise<unknown>; parse(data: unknown): unknown };
}

function broker(maxVersion: number) {
  const sent: Buffer[] = [];
  const made: RequestBroker = {
    versions: { 3: { maxVersion } },
    connectionPool: {
      send: async (given) => {
        const { request, response } = given as Request;
        sent.push((await request.encode()).buffer);
        return response.parse(await response.decode(ANSWER));
      },
    },
    metadata: () =>
      Promise.resolve({
        topicMetadata: ['in', 'other'].map((topic) => ({
          topic,
          partitionMetadata: [{ partitionId: 0 }],
        })),
      }),
  };
  return { made, sent };
}

it('tells ids and partitions, and a topic that is missing does not hide the others', async () => {
  const { made, sent } = broker(13);
  const seen = await askTopics(made, ['in', 'no', 'xx']);
  expect(Object.fromEntries(seen)).toEqual({
    in: { id: Buffer.from(ID, 'hex').toString('base64url'), partitions: [1, 0], denied: false },
    xx: { id: undefined, partitions: [], denied: true },
  });
  const topic = (name: string): string =>
    `${'00'.repeat(16)} 03 ${Buffer.from(name).toString('hex')} 00`;
  expect(sent[0]!.toString('hex')).toBe(
    bytes(`00 04 ${topic('in')} ${topic('no')} ${topic('xx')} 00 00 00 00`).toString('hex'),
  );
});

it('tells no ids where the broker is too old', async () => {
  const { made } = broker(9);
  expect(Object.fromEntries(await askTopics(made, ['in', 'no']))).toEqual({
    in: { id: undefined, partitions: [0], denied: false },
  });
});

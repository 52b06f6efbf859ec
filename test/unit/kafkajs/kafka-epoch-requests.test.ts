import {
  endWithEpoch,
  raisesEpochs,
  type EpochBroker,
} from '../../../src/kafkajs/kafka-epoch-requests.ts';

const END = {
  transactionalId: 'g-/in/0',
  producerId: '5000000007',
  producerEpoch: 3,
  transactionResult: true,
};

interface Asked {
  request: { apiKey: number; apiVersion: number; encode(): Promise<{ buffer: Buffer }> };
  response: { decode(bytes: Buffer): Promise<object>; parse(data: object): unknown };
}

interface Said {
  readonly key: number;
  readonly version: number;
  readonly bytes: Buffer;
}

let brokers = 0;

/** A broker that gives these answers, byte by byte, and writes down what it is asked. */
function fakeBroker(answers: Buffer[], apiVersions = 4) {
  const asked: Said[] = [];
  const decoded: object[] = [];
  const broker: EpochBroker = {
    brokerAddress: `broker-${brokers++}:9092`,
    versions: { 18: { maxVersion: apiVersions } },
    metadata: () => Promise.reject(new Error('nobody asks for it')),
    connectionPool: {
      async send(sent: unknown) {
        const { request, response } = sent as Asked;
        const { buffer: bytes } = await request.encode();
        asked.push({ key: request.apiKey, version: request.apiVersion, bytes });
        const data = await response.decode(answers.shift()!);
        decoded.push(data);
        return response.parse(data);
      },
    },
  };
  return { broker, asked, decoded };
}

const int16 = (...values: number[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.from([(value >> 8) & 0xff, value & 0xff])));

/** An ApiVersions v3 answer. `tags`: what follows the throttle time. */
function versionsAnswer(endTxn: number, tags: Buffer): Buffer {
  return Buffer.concat([
    int16(0),
    Buffer.from([3]), // two, and one more
    Buffer.concat([int16(18, 0, 4), Buffer.from([0])]),
    Buffer.concat([int16(26, 0, endTxn), Buffer.from([0])]),
    Buffer.alloc(4), // throttle time
    tags,
  ]);
}

const name = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(text)]);
const tag = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([number, bytes.length]), bytes]);

const feature = (text: string, a: number, b: number): Buffer =>
  Buffer.concat([name(text), int16(a, b), Buffer.from([0])]);
/** What the broker itself could do, from and to. */
const SUPPORTED = tag(0, Buffer.concat([Buffer.from([2]), feature('transaction.version', 2, 2)]));

/** What the broker could do, and what its cluster has agreed on. */
function features(level: number): Buffer {
  const epoch = Buffer.alloc(8);
  const finalized = Buffer.concat([
    Buffer.from([3]),
    feature('metadata.version', 30, 7),
    feature('transaction.version', level, 0),
  ]);
  return Buffer.concat([Buffer.from([3]), SUPPORTED, tag(1, epoch), tag(2, finalized)]);
}

function endAnswer(error: number, producerId: bigint, epoch: number, throttleMs = 0): Buffer {
  const bytes = Buffer.alloc(18);
  bytes.writeInt32BE(throttleMs, 1); // behind the tags of the header
  bytes.writeInt16BE(error, 5);
  bytes.writeBigInt64BE(producerId, 7);
  bytes.writeInt16BE(epoch, 15);
  return bytes;
}

describe('whether a broker raises the epochs itself', () => {
  it('is asked of it in a version that tells features', async () => {
    const { broker, asked } = fakeBroker([versionsAnswer(5, features(2))]);
    await expect(raisesEpochs(broker)).resolves.toBe(true);
    const [{ key, version, bytes }] = asked as [Said];
    expect([key, version]).toEqual([18, 3]);
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from([0]), name('kafkajs'), name('2.2.4'), Buffer.from([0])]),
    );
  });

  it.each([
    ['the cluster has agreed on less', versionsAnswer(5, features(1))],
    [
      'the cluster has agreed on nothing',
      versionsAnswer(5, Buffer.concat([Buffer.from([1]), SUPPORTED])),
    ],
    ['nothing is told of features', versionsAnswer(5, Buffer.from([0]))],
    ['the broker does not know that end of a transaction', versionsAnswer(4, features(2))],
    ['the broker does not know the request, and answers in the oldest', int16(35, 0, 0)],
  ])('is not so where %s', async (_, answer) => {
    const { broker, asked } = fakeBroker([answer]);
    await expect(raisesEpochs(broker)).resolves.toBe(false);
    expect(asked).toHaveLength(1);
  });

  it('is not asked where the broker has no such version', async () => {
    const { broker, asked } = fakeBroker([], 2);
    await expect(raisesEpochs(broker)).resolves.toBe(false);
    expect(asked).toEqual([]);
  });

  it('is no guess where the broker answers an error', async () => {
    const { broker } = fakeBroker([int16(42)]);
    await expect(raisesEpochs(broker)).rejects.toMatchObject({ type: 'INVALID_REQUEST' });
  });
});

describe('the end of a transaction that raises the epoch', () => {
  it('says what kafkajs says, in a flexible version, and answers who the next one is from', async () => {
    const { broker, asked, decoded } = fakeBroker([endAnswer(0, 5_000_000_007n, 4, 250)]);
    await expect(endWithEpoch(broker, END)).resolves.toEqual({
      producerId: '5000000007',
      epoch: 4,
    });
    const [{ key, version, bytes }] = asked as [Said];
    expect([key, version]).toEqual([26, 5]);
    const id = Buffer.alloc(8);
    id.writeBigInt64BE(5_000_000_007n);
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from([0]), name('g-/in/0'), id, int16(3), Buffer.from([1, 0])]),
    );
    expect(decoded).toMatchObject([{ clientSideThrottleTime: 250 }]);
  });

  it('may be an abort', async () => {
    const { broker, asked } = fakeBroker([endAnswer(0, 7n, 4)]);
    await endWithEpoch(broker, { ...END, transactionResult: false });
    expect(asked[0]!.bytes.subarray(-2)).toEqual(Buffer.from([0, 0]));
  });

  it.each([
    [90, 'PRODUCER_FENCED'],
    [47, 'INVALID_PRODUCER_EPOCH'],
    [51, 'CONCURRENT_TRANSACTIONS'],
    [16, 'NOT_COORDINATOR_FOR_GROUP'],
    [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
    [120, 'KAFKAJS_UNKNOWN_ERROR_CODE'], // newer than kafkajs
  ])('that is refused with %d is asked for once, and told as %s', async (code, type) => {
    const answers = [endAnswer(code, -1n, -1), versionsAnswer(5, features(2))];
    const { broker, asked } = fakeBroker(answers);
    await expect(endWithEpoch(broker, END)).rejects.toMatchObject({ type });
    expect(asked).toHaveLength(1);
    await expect(raisesEpochs(broker)).resolves.toBe(true);
  });

  it.each([
    ['does not know it after all', endAnswer(35, -1n, -1), 'The version of API is not supported'],
    ['tells no epoch', endAnswer(0, -1n, -1), 'without the epoch of the next'],
  ])('is in doubt where a broker %s, which is not asked for it again', async (_, answer, told) => {
    const { broker, asked } = fakeBroker([answer]);
    await expect(endWithEpoch(broker, END)).rejects.toThrow(told);
    await expect(raisesEpochs(broker)).resolves.toBe(false);
    expect(asked).toHaveLength(1);
  });
});

import { createRequire } from 'node:module';
import {
  forgetEpoch,
  renewEpochs,
  type TransactionBroker,
} from '../../../src/kafkajs/kafka-epoch-patch.ts';

const ID = 'g-/in/0';
const OWN = { transactionalId: ID, producerId: '7', producerEpoch: 3, transactionResult: true };
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => {
  readUVarInt(): number;
  readUVarIntString(): string;
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
};

interface Asked {
  request: { apiKey: number; apiVersion: number; encode(): Promise<{ buffer: Buffer }> };
  response: { decode(bytes: Buffer): Promise<object>; parse(data: object): Promise<unknown> };
}

/** An ApiVersions v3 answer: EndTxn up to version 5, and `transaction.version` finalized at 2. */
const RAISES = Buffer.concat([
  Buffer.from([0, 0, 2, 0, 26, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1, 2, 26, 2, 20]),
  Buffer.from('transaction.version'),
  Buffer.from([0, 2, 0, 0, 0]),
]);

/**
 * A broker that writes down what it is asked; `answers` are those to requests for an epoch, and to
 * ends that raise it: a code, an id and an epoch.
 */
function fakeBroker(
  answers: [code: number, producerId: bigint, epoch: number][],
  { maxVersion = 4, raises = false } = {},
) {
  const said: unknown[] = [];
  const asked: unknown[] = [];
  const say = (name: string) => (request: object) => {
    said.push({ name, ...request });
    return Promise.resolve('answer');
  };
  const names = [
    'initProducerId',
    'addPartitionsToTxn',
    'addOffsetsToTxn',
    'txnOffsetCommit',
    'endTxn',
    'produce',
  ];
  const broker = {
    versions: { 22: { maxVersion }, ...(raises ? { 18: { maxVersion: 3 } } : {}) },
    connectionPool: {
      async send({ request, response }: Asked): Promise<unknown> {
        if (request.apiKey === 18) return response.parse(await response.decode(RAISES));
        const decoder = new Decoder((await request.encode()).buffer);
        decoder.readUVarInt();
        const id = decoder.readUVarIntString();
        const timeoutMs = request.apiKey === 22 ? [decoder.readInt32()] : [];
        asked.push([id, ...timeoutMs, String(decoder.readInt64()), decoder.readInt16()]);
        const [code, producerId, epoch] = answers.shift()!;
        const bytes = Buffer.alloc(18);
        bytes.writeInt16BE(code, 5);
        bytes.writeBigInt64BE(producerId, 7);
        bytes.writeInt16BE(epoch, 15);
        return response.parse(await response.decode(bytes));
      },
    },
    ...Object.fromEntries(names.map((name) => [name, say(name)])),
  };
  const typed = broker as unknown as TransactionBroker;
  renewEpochs(typed, (request) => request());
  return { broker: typed, said, asked };
}

interface Sent {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly name: string;
  readonly topicData?: ReturnType<typeof topicData>;
}

const topicData = (firstSequence: number) => [
  { topic: 'out', partitions: [{ partition: 1, firstSequence, messages: 'm' }] },
];

afterEach(() => {
  forgetEpoch(ID);
});

describe('the epoch of a transaction', () => {
  it('is that of the producer first, and a new one for each that follows, in all of its requests', async () => {
    const { broker, said, asked } = fakeBroker([
      [0, 7n, 4],
      [0, 8n, 0],
    ]);
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await broker.addPartitionsToTxn(OWN);
    await broker.endTxn(OWN);
    await broker.addOffsetsToTxn(OWN);
    await broker.txnOffsetCommit(OWN);
    await broker.endTxn(OWN);
    await broker.addPartitionsToTxn(OWN);
    const epochs = said.slice(1).map((request) => {
      const { name, producerId, producerEpoch } = request as typeof OWN & { name: string };
      return [name, producerId, producerEpoch];
    });
    expect(epochs).toEqual([
      ['addPartitionsToTxn', '7', 3],
      ['endTxn', '7', 3],
      ['addOffsetsToTxn', '7', 4],
      ['txnOffsetCommit', '7', 4],
      ['endTxn', '7', 4],
      ['addPartitionsToTxn', '8', 0],
    ]);
    expect(asked).toEqual([
      [ID, 60_000, '7', 3],
      [ID, 60_000, '7', 4],
    ]);
  });

  it('begins its sequences with 0, and a repeated send has the same', async () => {
    const { broker, said } = fakeBroker([[0, 7n, 4]]);
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    const produce = (firstSequence: number) =>
      broker.produce({ ...OWN, topicData: topicData(firstSequence) });
    await produce(5);
    await broker.endTxn(OWN);
    await broker.addPartitionsToTxn(OWN);
    for (const sequence of [12, 12, 20]) await produce(sequence);
    const sent = said.filter((request) => (request as { name: string }).name === 'produce');
    expect(sent).toEqual([
      { name: 'produce', ...OWN, topicData: topicData(5) },
      ...[0, 0, 8].map((sequence) => ({
        name: 'produce',
        ...OWN,
        producerEpoch: 4,
        topicData: topicData(sequence),
      })),
    ]);
  });

  it('that is refused is told to the next transaction', async () => {
    const { broker } = fakeBroker([[90, -1n, -1]]);
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await broker.endTxn(OWN);
    await expect(broker.addPartitionsToTxn(OWN)).rejects.toMatchObject({ type: 'PRODUCER_FENCED' });
  });

  it('that could not be had is told for good: it is the same however often one looks', async () => {
    const { broker } = fakeBroker([[14, -1n, -1]]);
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await broker.endTxn(OWN);
    const told = { type: 'GROUP_LOAD_IN_PROGRESS', retriable: false };
    await expect(broker.addPartitionsToTxn(OWN)).rejects.toMatchObject(told);
  });

  it('stays that of the producer behind a broker that does not know of epochs that follow', async () => {
    const { broker, said } = fakeBroker([], { maxVersion: 1 });
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await broker.endTxn(OWN);
    await broker.addPartitionsToTxn(OWN);
    expect(said.at(-1)).toEqual({ name: 'addPartitionsToTxn', ...OWN });
  });

  it('is forgotten with the producer: the next one has its own', async () => {
    const { broker, said } = fakeBroker([[0, 7n, 4]]);
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await broker.endTxn(OWN);
    await broker.addPartitionsToTxn(OWN);
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await broker.addPartitionsToTxn({ ...OWN, producerEpoch: 9 });
    expect(said.at(-1)).toMatchObject({ producerEpoch: 9 });
  });

  it('is the one that the broker answers to the end of a transaction where it raises it', async () => {
    const { broker, said, asked } = fakeBroker(
      [
        [0, 7n, 4],
        [0, 8n, 0],
        [0, 8n, 1],
      ],
      { raises: true },
    );
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    for (const sequence of [5, 12, 20]) {
      await broker.addPartitionsToTxn(OWN);
      await broker.produce({ ...OWN, topicData: topicData(sequence) });
      await broker.txnOffsetCommit(OWN);
      await broker.endTxn(OWN);
    }
    const sent = said.slice(1).map((request) => {
      const { name, producerId, producerEpoch, topicData: [topic] = [] } = request as Sent;
      return [name, producerId, producerEpoch, topic?.partitions[0]?.firstSequence];
    });
    expect(sent).toEqual(
      [
        ['7', 3, 5],
        ['7', 4, 0],
        ['8', 0, 0], // no epoch was left of that id
      ].flatMap(([id, epoch, sequence]) => [
        ['addPartitionsToTxn', id, epoch, undefined],
        ['produce', id, epoch, sequence],
        ['txnOffsetCommit', id, epoch, undefined],
      ]),
    );
    expect(asked).toEqual([
      [ID, '7', 3],
      [ID, '7', 4],
      [ID, '8', 0],
    ]);
  });

  it('is asked for as before where another broker ends the transaction', async () => {
    const { broker } = fakeBroker([], { raises: true });
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    const { broker: other, said, asked } = fakeBroker([[0, 7n, 4]]);
    await other.endTxn(OWN);
    await other.addPartitionsToTxn(OWN);
    expect(asked).toEqual([[ID, 60_000, '7', 3]]);
    expect(said).toMatchObject([{ name: 'endTxn' }, { producerEpoch: 4 }]);
  });

  it.each([true, false])(
    'is not that of a producer that was thrown away while it ended (raised: %s)',
    async (raises) => {
      const { broker, said } = fakeBroker([[0, 7n, 4]], { raises });
      await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
      const ended = broker.endTxn(OWN);
      forgetEpoch(ID);
      await ended;
      await broker.addPartitionsToTxn({ ...OWN, producerEpoch: 9 });
      expect(said.at(-1)).toMatchObject({ producerEpoch: 9 });
    },
  );

  it('is not known where the end was refused', async () => {
    const { broker, asked } = fakeBroker([[90, -1n, -1]], { raises: true });
    await broker.initProducerId({ transactionalId: ID, transactionTimeout: 60_000 });
    await expect(broker.endTxn(OWN)).rejects.toMatchObject({ type: 'PRODUCER_FENCED' });
    expect(asked).toHaveLength(1);
  });

  it('is nothing to a send without a transaction', async () => {
    const { broker, said } = fakeBroker([]);
    await broker.produce({ topicData: topicData(0) });
    expect(said).toEqual([{ name: 'produce', topicData: topicData(0) }]);
  });
});

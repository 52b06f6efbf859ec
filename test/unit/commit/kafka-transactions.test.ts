import type { Kafka, ProducerConfig } from 'kafkajs';
import { kafkaTransactions } from '../../../src/commit/kafka-transactions.ts';
import { Fenced } from '../../../src/commit/transactions.ts';
import { rememberCoordinator } from '../../../src/kafkajs/kafka-offsets-patch.ts';

const PARTITION = { topic: 'cards', partition: 3 };
const protocolError = (type: string): Error => Object.assign(new Error(type), { type });

/**
 * A client whose producers and transactions only say what they were asked, and fail as they are
 * told.
 */
function fakeKafka(failing: Readonly<Record<string, Error>> = {}) {
  const calls: unknown[][] = [];
  const configs: ProducerConfig[] = [];
  const call =
    (name: string) =>
    (...args: unknown[]): Promise<unknown> => {
      calls.push([name, ...args]);
      return failing[name] === undefined
        ? Promise.resolve(name === 'transaction' ? transaction : [])
        : Promise.reject(failing[name]);
    };
  const transaction = {
    send: call('send'),
    sendOffsets: call('sendOffsets'),
    commit: call('commit'),
  };
  const producer = {
    connect: call('connect'),
    disconnect: call('disconnect'),
    transaction: call('transaction'),
  };
  const kafka = {
    producer: (config: ProducerConfig) => {
      configs.push(config);
      return producer;
    },
  };
  return { kafka: kafka as unknown as Kafka, calls, configs };
}

const names = (calls: readonly unknown[][]): unknown[] => calls.map(([name]) => name);

describe('the producer of a partition', () => {
  it('has an id that belongs to the partition and not to the process', () => {
    const { kafka, configs } = fakeKafka();
    const producerFor = kafkaTransactions({ kafka, groupId: 'g' });
    producerFor(PARTITION);
    producerFor(PARTITION);
    expect(configs.map(({ transactionalId }) => transactionalId)).toEqual([
      'g-/cards/3',
      'g-/cards/3',
    ]);
  });

  // Markers of the transaction before take milliseconds; kafkajs' first wait of 300 would halve the
  // throughput. Without `retries` of its own, a producer with `retry` falls back from unlimited to
  // 5.
  it('waits briefly at first when transactions follow each other, whatever is configured', () => {
    const { kafka, configs } = fakeKafka();
    kafkaTransactions({
      kafka,
      groupId: 'g',
      overrides: { retry: { initialRetryTime: 300, maxRetryTime: 77 } },
    })(PARTITION);
    expect(configs[0]!.retry).toMatchObject({ initialRetryTime: 5, maxRetryTime: 77, retries: 8 });
  });

  it('takes the id over in init, and begins its first transaction with that', async () => {
    const { kafka, calls } = fakeKafka();
    const producer = kafkaTransactions({ kafka, groupId: 'g' })(PARTITION);
    await producer.init();
    const taken = ['connect', 'transaction', 'connect', 'transaction', 'disconnect'];
    expect(names(calls)).toEqual(taken);
    const first = await producer.begin();
    expect(names(calls)).toEqual(taken);
    await first.commitOffset(PARTITION, 12n);
    await first.commit();
    await producer.begin();
    expect(calls.slice(taken.length)).toEqual([
      [
        'sendOffsets',
        {
          consumerGroupId: 'g',
          topics: [{ topic: 'cards', partitions: [{ partition: 3, offset: '12' }] }],
        },
      ],
      ['commit'],
      ['transaction'],
    ]);
  });

  it('asks the coordinator that took its offset what is committed without it', async () => {
    const asked: object[] = [];
    const answer = (offset: string, metadata: string) => ({
      responses: [{ topic: 'cards', partitions: [{ partition: 3, offset, metadata }] }],
    });
    const answers = [answer('7', 'now'), answer('7', 'of a deleted topic'), answer('-1', 'now')];
    const coordinator = {
      txnOffsetCommit: () => Promise.resolve(),
      offsetFetch: (request: object) => {
        asked.push(request);
        return Promise.resolve(answers.shift()!);
      },
    };
    rememberCoordinator(coordinator);
    const believes = (_topic: string, note: string | null | undefined) => note === 'now';
    const { kafka } = fakeKafka();
    const producer = kafkaTransactions({ kafka, groupId: 'g', believes })(PARTITION);
    const transaction = await producer.begin();
    await expect(transaction.committedBefore(PARTITION)).rejects.toThrow('no offset was taken');
    await (coordinator.txnOffsetCommit as (of: object) => Promise<void>)({
      transactionalId: 'g-/cards/3',
    });
    expect(await transaction.committedBefore(PARTITION)).toBe(7n);
    expect(await transaction.committedBefore(PARTITION)).toBeUndefined();
    expect(await transaction.committedBefore(PARTITION)).toBeUndefined();
    const topics = [{ topic: 'cards', partitions: [{ partition: 3 }] }];
    expect(asked[0]).toEqual({ groupId: 'g', topics });
    await producer.close();
    await expect(transaction.committedBefore(PARTITION)).rejects.toThrow('no offset was taken');
  });

  it('fences an owner of the version before, by the id that it has', async () => {
    const { kafka, configs } = fakeKafka();
    await kafkaTransactions({ kafka, groupId: 'g' })(PARTITION).init();
    expect(configs.map(({ transactionalId }) => transactionalId)).toEqual([
      'g-/cards/3',
      'g-cards-3',
    ]);
  });

  describe.each(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'TRANSACTION_COORDINATOR_FENCED'])(
    '%s',
    (type) => {
      it.each([
        ['send', 'send'],
        ['sendOffsets', 'commitOffset'],
        ['commit', 'commit'],
      ] as const)('of %s is told as fenced', async (failing, method) => {
        const { kafka } = fakeKafka({ [failing]: protocolError(type) });
        const transaction = await kafkaTransactions({ kafka, groupId: 'g' })(PARTITION).begin();
        const work = {
          send: () => transaction.send({ topic: 'out', messages: [] }),
          commitOffset: () => transaction.commitOffset(PARTITION, 1n),
          commit: () => transaction.commit(),
        }[method];
        await expect(work()).rejects.toBeInstanceOf(Fenced);
      });
    },
  );

  it.each([
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'transactional id g-/cards/3', 'transaction'],
    ['GROUP_AUTHORIZATION_FAILED', 'group g', 'sendOffsets'],
  ])(
    'tells %s, which nobody should wait for, with what was denied',
    async (type, what, failing) => {
      const { kafka } = fakeKafka({
        [failing]: new Error('gave up', { cause: protocolError(type) }),
      });
      const work = async (): Promise<void> =>
        (await kafkaTransactions({ kafka, groupId: 'g' })(PARTITION).begin()).commitOffset(
          PARTITION,
          1n,
        );
      await expect(work()).rejects.toMatchObject({ code: 'KAFKA_DENIED', exitCode: 2 });
      await expect(work()).rejects.toThrow(what);
    },
  );

  it('tells a takeover that is denied', async () => {
    const denied = fakeKafka({
      transaction: protocolError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'),
    });
    await expect(
      kafkaTransactions({ kafka: denied.kafka, groupId: 'g' })(PARTITION).init(),
    ).rejects.toMatchObject({ code: 'KAFKA_DENIED' });
  });

  it('tells any other error as it is', async () => {
    const error = protocolError('NOT_COORDINATOR_FOR_GROUP');
    const { kafka } = fakeKafka({ commit: error });
    const transaction = await kafkaTransactions({ kafka, groupId: 'g' })(PARTITION).begin();
    await expect(transaction.commit()).rejects.toBe(error);
  });

  it('closes although its connection does not', async () => {
    const { kafka, calls } = fakeKafka({ disconnect: new Error('gone') });
    await kafkaTransactions({ kafka, groupId: 'g' })(PARTITION).close();
    expect(names(calls)).toEqual(['disconnect']);
  });
});

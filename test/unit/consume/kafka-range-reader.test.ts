import kafkajs, { type Kafka } from 'kafkajs';
import { KafkaRangeReader } from '../../../src/consume/kafka-range-reader.ts';
import type { Range } from '../../../src/consume/range-reader.ts';
import { FetchedRecord, FetchedRecords } from '../../../src/kafkajs/fetch/fetched-records.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

interface Answer {
  readonly offsets?: readonly number[];
  /** Offsets of these that are not for a reader. */
  readonly hidden?: readonly number[];
  readonly error?: Error;
  readonly stable?: number;
}

const protocolError = (type: string): Error =>
  Object.assign(new kafkajs.KafkaJSProtocolError(new Error(type)), { type });

function recordsOf({ offsets = [], hidden = [] }: Answer): FetchedRecords {
  const records = new FetchedRecords();
  const context = { producerId: '-1', inTransaction: false };
  const block = Buffer.from('v');
  for (const offset of offsets)
    records.push(
      new FetchedRecord(
        hidden.includes(offset),
        context,
        offset,
        1,
        undefined,
        block,
        -1,
        -1,
        0,
        1,
      ),
    );
  records.hidden = hidden.length > 0;
  return records;
}

/** A client of a topic with one partition, whose broker gives these answers one after the other. */
function clientOf(
  answers: readonly Answer[],
  { oldest = 0, newest = 10, patienceMs = 60_000 } = {},
) {
  const asked: number[] = [];
  const isolation: number[] = [];
  const state = { refreshed: 0, disconnected: 0 };
  const broker = {
    versions: null,
    metadata: () =>
      Promise.resolve({
        topicMetadata: [{ topic: 'in', partitionMetadata: [{ partitionId: 0 }] }],
      }),
    listOffsets: (of: {
      isolationLevel: number;
      topics: { partitions: { timestamp: number }[] }[];
    }) => {
      isolation.push(of.isolationLevel);
      const { timestamp } = of.topics[0]!.partitions[0]!;
      const offset = String(timestamp === -2 ? oldest : newest);
      return Promise.resolve({
        responses: [{ topic: 'in', partitions: [{ partition: 0, offset }] }],
      });
    },
    fetch: (of: { topics: { partitions: { fetchOffset: string }[] }[] }) => {
      const answer = answers[asked.length] ?? { stable: 0 };
      asked.push(Number(of.topics[0]!.partitions[0]!.fetchOffset));
      if (answer.error !== undefined) return Promise.reject(answer.error);
      const lastStableOffset = String(answer.stable ?? newest);
      const messages = recordsOf(answer);
      const partition = { partition: 0, highWatermark: String(newest), lastStableOffset, messages };
      return Promise.resolve({ responses: [{ topic: 'in', partitions: [partition] }] });
    },
  };
  const cluster = {
    connect: () => Promise.resolve(),
    disconnect: async () => {
      state.disconnected++;
    },
    refreshMetadata: async () => {
      state.refreshed++;
    },
    addTargetTopic: () => Promise.resolve(),
    findLeaderForPartitions: () => ({ 1: [0] }),
    findBroker: () => Promise.resolve(broker),
    brokerPool: { findConnectedBroker: () => Promise.resolve(broker) },
  };
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => cluster } as unknown as Kafka;
  const reader = new KafkaRangeReader({ kafka, patienceMs });
  const read = async (range: Partial<Range> = {}): Promise<number[]> => {
    const offsets: number[] = [];
    for await (const { records } of reader.read({ topic: 'in', ...range }))
      offsets.push(...records.map(({ offset }) => Number(offset)));
    return offsets;
  };
  return { read, reader, asked, isolation, state };
}

describe('a range reader on kafkajs', () => {
  it('goes on behind what it was given, over gaps and what is hidden', async () => {
    const { read, asked } = clientOf([{ offsets: [0, 1, 4], hidden: [4] }, { offsets: [7, 8, 9] }]);
    expect(await read()).toEqual([0, 1, 7, 8, 9]);
    expect(asked).toEqual([0, 5]);
  });

  it('ends where compaction has taken everything up to the end', async () => {
    const { read, asked } = clientOf([{ offsets: [0, 1] }, { offsets: [] }]);
    expect(await read()).toEqual([0, 1]);
    expect(asked).toEqual([0, 2]);
  });

  it('leaves out what a batch has before the range and behind it', async () => {
    const { read } = clientOf([{ offsets: [2, 3, 4, 5, 6, 7] }]);
    expect(await read({ from: { offset: () => 3 }, to: { offset: () => 6 } })).toEqual([3, 4, 5]);
  });

  it('waits for a transaction that is open where it is asked to', async () => {
    const { read, asked, isolation } = clientOf([
      { offsets: [0, 1], stable: 2 },
      { stable: 2 },
      { offsets: [2, 9] },
    ]);
    expect(await read({ read: 'settled' })).toEqual([0, 1, 2, 9]);
    expect(asked).toEqual([0, 2, 2]);
    expect(new Set(isolation)).toEqual(new Set([0]));
  });

  it('looks the leader up again where it has moved, and gives up in the end', async () => {
    const error = protocolError('NOT_LEADER_FOR_PARTITION');
    const { read, state } = clientOf([{ error }, { offsets: [0, 9] }]);
    expect(await read()).toEqual([0, 9]);
    expect(state.refreshed).toBe(1);
    const away = clientOf([{ error }], { patienceMs: 0 });
    expect((await scorerErrorOf(away.read)).code).toBe('BROKER_UNAVAILABLE');
    expect(away.state.disconnected).toBe(1);
  });

  it('says that records are gone that were there when it began', async () => {
    const { read } = clientOf([{ error: protocolError('OFFSET_OUT_OF_RANGE') }]);
    expect((await scorerErrorOf(read)).code).toBe('OFFSET_OUT_OF_RANGE');
  });

  it('says that reading is denied', async () => {
    const { read, state } = clientOf([{ error: protocolError('TOPIC_AUTHORIZATION_FAILED') }]);
    expect((await scorerErrorOf(read)).code).toBe('KAFKA_DENIED');
    expect(state.refreshed).toBe(0);
  });

  it('holds one fetch of a partition, and no more, while records are worked on', async () => {
    const { reader, asked, state } = clientOf([
      { offsets: [0] },
      { offsets: [1] },
      { offsets: [2] },
      { offsets: [3, 9] },
    ]);
    for await (const _ of reader.read({ topic: 'in' })) {
      await new Promise(setImmediate);
      expect(asked).toEqual([0, 1]);
      break;
    }
    expect(state.disconnected).toBe(1);
  });
});

import { CorruptBatch } from '../../../../src/kafkajs/fetch/corrupt-batch.ts';
import { DEFAULT_LIMITS } from '../../../../src/kafkajs/fetch/fetch-limits.ts';
import type { FetchedRecords } from '../../../../src/kafkajs/fetch/fetched-records.ts';
import {
  onPartitionCorrupt,
  RawBatches,
  readWithin,
} from '../../../../src/kafkajs/fetch/kafka-fetch-patch.ts';
import { PartitionPauses } from '../../../../src/kafkajs/fetch/partition-pauses.ts';
import { readRecordBatches } from '../../../../src/kafkajs/fetch/record-batches.ts';
import { encodeRecordBatch } from '../../../../src/kafkajs/send/record-batch.ts';

const plain = {
  timestamp: 5,
  producerId: -1n,
  producerEpoch: -1,
  firstSequence: -1,
  transactional: false,
  codec: 0,
};
const batchOf = (value: string): Promise<Buffer> =>
  encodeRecordBatch([{ key: null, value: Buffer.from(value) }], {
    ...plain,
    compress: () => Promise.reject(new Error()),
  });

const request = {
  maxWaitTime: 1,
  topics: [
    { topic: 't', partitions: [0, 1].map((partition) => ({ partition, fetchOffset: '0' })) },
  ],
};
type Request = typeof request;

/** A broker whose partition 0 has a batch that may be broken, and partition 1 a good one. */
async function broker(clock: { now: number }) {
  const good = await batchOf('good');
  const broken = Buffer.from(good);
  broken[broken.length - 3]! ^= 0x10;
  const state = { corrupt: true, asked: [] as number[][] };
  const made = {
    fetch: ({ topics }: Request) => {
      const partitions = topics.flatMap((topic) =>
        topic.partitions.map(({ partition }) => partition),
      );
      state.asked.push(partitions);
      const answer = (partition: number) => ({
        partition,
        highWatermark: '1',
        messages: new RawBatches(partition === 0 && state.corrupt ? broken : good) as unknown,
      });
      return Promise.resolve({
        responses: [{ topicName: 't', partitions: partitions.map(answer) }],
      });
    },
  };
  readWithin(
    made,
    () => Promise.reject(new Error()),
    () => DEFAULT_LIMITS,
    new PartitionPauses(() => clock.now),
  );
  const fetch = async (of: Request = request): Promise<number[][]> => {
    const { responses } = await made.fetch(of);
    return responses.flatMap(({ partitions }) =>
      partitions.map(({ partition, messages }) => [partition, (messages as FetchedRecords).length]),
    );
  };
  return { fetch, state };
}

it('lets a partition wait at a corrupt batch, ever longer, while the others go on, and hands on nothing of it', async () => {
  const clock = { now: 0 };
  const told: unknown[] = [];
  const stop = onPartitionCorrupt((at, batch: CorruptBatch | undefined) =>
    told.push([at.partition, batch?.firstOffset, batch?.lastOffset]),
  );
  const { fetch, state } = await broker(clock);
  expect(await fetch()).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(told).toEqual([[0, 0, 0]]);
  for (let i = 0; i < 100; i++) await fetch();
  expect(state.asked.filter((partitions) => partitions.includes(0))).toHaveLength(1);
  for (; clock.now < 60_000; clock.now += 100) await fetch();
  const tries = state.asked.filter((partitions) => partitions.includes(0)).length;
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThan(12);
  expect(state.asked.filter((partitions) => partitions.includes(1)).length).toBeGreaterThan(600);

  state.corrupt = false;
  clock.now += 20_000;
  expect(await fetch()).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(told.at(-1)).toEqual([0, undefined, undefined]);
  const before = told.length;
  await fetch();
  expect(told).toHaveLength(before);
  stop();
});

it('asks the broker for nothing where every partition waits', async () => {
  const { fetch, state } = await broker({ now: 0 });
  const alone = {
    ...request,
    topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: '0' }] }],
  };
  await fetch(alone);
  expect(await fetch(alone)).toEqual([]);
  expect(state.asked).toHaveLength(1);
});

// A last offset that came out too small would have the batch passed over.
it('finds any bit that is wrong behind the checksum, that of the last offset among them', async () => {
  const whole = await batchOf('good');
  whole.writeBigInt64BE(5n);
  const reading = {
    decompress: () => Promise.reject(new Error()),
    limits: DEFAULT_LIMITS,
    from: 5,
  };
  expect(await readRecordBatches(whole, reading)).toHaveLength(1);
  for (let bit = 17 * 8; bit < whole.length * 8; bit++) {
    const broken = Buffer.from(whole);
    broken[bit >> 3]! ^= 1 << (bit & 7);
    await expect(readRecordBatches(broken, reading)).rejects.toBeInstanceOf(CorruptBatch);
  }
});

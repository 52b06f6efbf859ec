import type { OutputRecord } from '../../src/flow/record.ts';
import { scorerErrorOf } from '../support/thrown.ts';
import {
  fakeSinkWorld,
  kafkaSinkWorld,
  LIMIT_BYTES,
  memorySinkWorld,
  type SinkWorld,
} from './sink-worlds.ts';

const record = (value: string | number): OutputRecord => ({
  key: null,
  value: typeof value === 'number' ? Buffer.alloc(value) : Buffer.from(value),
});
const sizes = (records: readonly OutputRecord[]): number[] =>
  records.map(({ value }) => value!.length);

/**
 * Keys with their hash by Kafka's own murmur2 (its clients' tests list them), which decides the
 * partition.
 */
const JAVA_HASHES: readonly [key: string, hash: number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe.each([
  ['the fake', fakeSinkWorld],
  ['the cluster in memory', memorySinkWorld],
  ['Kafka', kafkaSinkWorld],
])('a sink on %s', (_name, open) => {
  let world: SinkWorld;
  beforeAll(async () => {
    world = await open(6);
  });
  afterAll(() => world.close());

  it('has written everything, in order, once it resolves', async () => {
    const values = Array.from({ length: 1201 }, (_, i) => `value ${i}`);
    expect(
      await world.sink.write({ topic: world.topic, partition: 0 }, values.map(record)),
    ).toEqual([]);
    expect((await world.read(0)).map(({ value }) => value!.toString())).toEqual(values);
  });

  it('writes key, value and headers as they are', async () => {
    const records = [
      {
        key: Buffer.of(0, 255, 128),
        value: Buffer.of(0, 1, 2),
        headers: { trace: 'abc', tag: ['x', 'y'] },
      },
      { key: null, value: null, headers: {} },
      { key: Buffer.alloc(0), value: Buffer.alloc(0), headers: {} },
    ];
    await world.sink.write({ topic: world.topic, partition: 1 }, records);
    expect(await world.read(1)).toEqual(records);
  });

  it('refuses the record that is too large, and writes its neighbours in order', async () => {
    const given = [100, 9000, LIMIT_BYTES + 1, 9001, 200, 3 * LIMIT_BYTES, 300];
    const refused = await world.sink.write({ topic: world.topic, partition: 2 }, given.map(record));
    expect(refused.map(({ index }) => index)).toEqual([2, 5]);
    for (const { reason } of refused) expect(reason).not.toBe('');
    expect(sizes(await world.read(2))).toEqual([100, 9000, 9001, 200, 300]);
  });

  it('takes nothing at all as written', async () => {
    expect(await world.sink.write({ topic: world.topic, partition: 3 }, [])).toEqual([]);
  });

  it('says that a topic is away, and writes to the others as before', async () => {
    const to = { topic: world.nowhere, partition: 0 };
    const { code } = await scorerErrorOf(() => world.sink.write(to, [record('lost?')]));
    expect(code).toBe('DESTINATION_UNAVAILABLE');
    await world.sink.write({ topic: world.topic, partition: 4 }, [record('here')]);
    expect(sizes(await world.read(4))).toEqual([4]);
  });

  it('writes to the topic once it is there', async () => {
    const topic = `${world.nowhere}-yet`;
    const to = { topic, partition: 0 };
    await scorerErrorOf(() => world.sink.write(to, [record('lost?')]));
    await world.create(topic);
    expect(await world.sink.write(to, [record('found')])).toEqual([]);
    expect(await world.sink.partitions(topic)).toBe(1);
  });

  it('says that the topic has no such partition', async () => {
    const to = { topic: world.topic, partition: 6 };
    const { code, fate } = await scorerErrorOf(() => world.sink.write(to, [record('lost?')]));
    expect([code, fate]).toEqual(['OUTPUT_PARTITIONS', 'retry']);
  });

  it('knows how many partitions a topic has', async () => {
    expect(await world.sink.partitions(world.topic)).toBe(6);
    const { code } = await scorerErrorOf(() => world.sink.partitions(world.nowhere));
    expect(code).toBe('DESTINATION_UNAVAILABLE');
  });

  it.each(JAVA_HASHES)(
    'gives the key %s the partition that a Java producer gives it',
    (key, hash) => {
      for (const partitions of [1, 2, 3, 7, 12, 100]) {
        expect(world.sink.partitionOf(Buffer.from(key), partitions, 0)).toBe(
          (hash & 0x7fffffff) % partitions,
        );
      }
    },
  );

  it('gives a record without key the partition it is told, as far as there are so many', () => {
    expect([4, 9].map((otherwise) => world.sink.partitionOf(null, 6, otherwise))).toEqual([4, 3]);
  });
});

import type { Range } from '../../src/consume/range-reader.ts';
import { scorerErrorOf } from '../support/thrown.ts';
import { fakeRangeWorld, kafkaRangeWorld, type RangeWorld } from './range-worlds.ts';

const START = 1_700_000_000_000;

/** Records `<name>0`, `<name>1` …, a second apart from the first one's time on. */
const records = (name: string, count: number, from = START) =>
  Array.from({ length: count }, (_, i) => ({ value: `${name}${i}`, timestamp: from + i * 1000 }));

const values = (name: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${name}${from + i}`);

describe.each([
  ['in memory', fakeRangeWorld],
  ['on Kafka', kafkaRangeWorld],
] as const)('a range reader %s', (_, open) => {
  let world: RangeWorld;
  beforeAll(async () => {
    world = await open();
    await world.write(0, records('a', 10));
    await world.write(1, records('b', 4, START + 60_000));
    await world.transaction(1, records('x', 2, START + 70_000), 'abort'); // 4, 5; a marker at 6
    await world.transaction(1, records('c', 2, START + 80_000), 'commit'); // 7, 8; a marker at 9
  });
  afterAll(() => world.close());

  /** What is read of each partition, as text. */
  async function read(range: Partial<Range> = {}): Promise<string[][]> {
    const found: string[][] = [[], []];
    for await (const { partition, records } of world.reader.read({ topic: world.topic, ...range }))
      found[partition]!.push(...records.map(({ value }) => String(value)));
    return found;
  }

  it('reads all partitions in order to their ends, behind the markers too', async () => {
    expect(await read()).toEqual([
      values('a', 0, 10),
      [...values('b', 0, 4), ...values('c', 0, 2)],
    ]);
  });

  it('reads what was aborted where all that is written is asked for', async () => {
    expect((await read({ partitions: [1], read: 'written' }))[1]).toEqual([
      ...values('b', 0, 4),
      ...values('x', 0, 2),
      ...values('c', 0, 2),
    ]);
  });

  it('tells key, headers, timestamp and offset', async () => {
    for await (const { records } of world.reader.read({ topic: world.topic, partitions: [0] })) {
      const [{ key, headers, timestamp, offset } = undefined!] = records;
      expect(String(key)).toBe('a0');
      expect(String(headers?.['h'])).toBe('a0');
      expect([Number(timestamp), Number(offset)]).toEqual([START, 0]);
      break;
    }
  });

  it('reads from an offset to another one, and all of what has none', async () => {
    const of = (offset: number) => ({
      offset: (partition: number) => (partition === 0 ? offset : undefined),
    });
    expect(await read({ from: of(3), to: of(7) })).toEqual([
      values('a', 3, 7),
      [...values('b', 0, 4), ...values('c', 0, 2)],
    ]);
    expect((await read({ from: of(5), to: of(5), partitions: [0] }))[0]).toEqual([]);
  });

  it('reads from a time to another one', async () => {
    const range = { from: { time: START + 8000 }, to: { time: START + 62_000 } };
    expect(await read(range)).toEqual([values('a', 8, 10), values('b', 0, 2)]);
    expect((await read({ from: { time: START + 3_600_000 }, partitions: [0] }))[0]).toEqual([]);
  });

  it('says that a topic or a partition is not there', async () => {
    for (const range of [{ topic: 'no-such-topic' }, { partitions: [0, 2] }]) {
      expect((await scorerErrorOf(() => read(range))).code).toBe('TOPIC_NOT_FOUND');
    }
  });

  it('says that an offset is not there, instead of reading from another one', async () => {
    for (const range of [{ from: { offset: () => 11 } }, { to: { offset: () => 1000 } }]) {
      expect((await scorerErrorOf(() => read({ ...range, partitions: [0] }))).code).toBe(
        'OFFSET_OUT_OF_RANGE',
      );
    }
  });

  it.each([
    ['an offset', [], 11],
    ['a partition', [0, 7], 3],
  ])('says that %s that a person named is not there', async (_what, partitions, offset) => {
    const given = { option: '--from', partitions };
    const { code, problems } = await scorerErrorOf(() =>
      read({ from: { offset: (partition) => (partition === 1 ? undefined : offset), given } }),
    );
    expect([code, problems[0]!.where]).toEqual(['INPUT_INVALID', '--from']);
  });

  it('ends with the reason of an abort', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = world.reader.read({ topic: world.topic, signal: stop.signal });
    const until = async (): Promise<void> => {
      for await (const _ of reading) stop.abort(reason);
    };
    await expect(until()).rejects.toBe(reason);
  });

  it('ends where the topic ended when it began', async () => {
    const found: string[] = [];
    let more = true;
    const from = { offset: () => 5 };
    for await (const { records } of world.reader.read({
      topic: world.topic,
      partitions: [0],
      from,
    })) {
      if (more) await world.write(0, [{ value: 'late', timestamp: START }]);
      more = false;
      found.push(...records.map(({ value }) => String(value)));
    }
    expect(found).toEqual(values('a', 5, 10));
  });

  it('joins no group', async () => {
    const before = await world.groups();
    await read();
    const others = /^(?:t[0-9a-f]{8}|demo)/; // of tests that run at the same time
    const joined = (await world.groups()).filter((group) => !before.includes(group));
    expect(joined.filter((group) => !others.test(group))).toEqual([]);
  });

  it('follows the topic from its end on, until it is told to stop', async () => {
    const stop = new AbortController();
    const found: string[] = [];
    let quiet = false;
    let end = 0;
    const whole = { topic: world.topic, partitions: [0] };
    for await (const { nextOffset } of world.reader.read(whole)) end = Number(nextOffset);
    const range = { ...whole, from: { offset: () => end }, follow: true };
    const reading = (async () => {
      for await (const fetched of world.reader.read({
        ...range,
        signal: stop.signal,
      })) {
        found.push(...fetched.records.map(({ value }) => String(value)));
        if (fetched.records.length === 0 && !quiet) {
          quiet = true;
          await world.write(0, records('d', 2, START + 90_000));
        }
        if (found.length >= 2) stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect([quiet, found]).toEqual([true, ['d0', 'd1']]);
  });

  it('says where each partition ends, and that one is not there', async () => {
    const { topic, reader } = world;
    const ends = await reader.ends({ topic });
    const found = await read({ read: 'written' });
    expect([...ends.keys()].sort()).toEqual([0, 1]);
    // a marker follows what was written in a transaction
    for (const [partition, end] of ends)
      expect(end).toBeGreaterThanOrEqual(found[partition]!.length);
    await world.write(0, [{ value: 'next', timestamp: START }]);
    const from = { offset: (partition: number) => ends.get(partition) };
    expect(await read({ from })).toEqual([['next'], []]);
    expect(await reader.ends({ topic, partitions: [0] })).toEqual(new Map([[0, ends.get(0)! + 1]]));
    for (const range of [{ topic: 'no-such-topic' }, { topic, partitions: [0, 2] }])
      expect((await scorerErrorOf(() => reader.ends(range))).code).toBe('TOPIC_NOT_FOUND');
  });
});

import type { Source } from '../../src/consume/source.ts';
import { eventually } from '../support/eventually.ts';
import { RecordedEvents } from '../support/recorded-events.ts';
import {
  fakeSourceWorld,
  kafkaSourceWorld,
  memorySourceWorld,
  type SourceWorld,
} from './source-worlds.ts';

const numbers = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);
const texts = (count: number, from = 0): string[] => numbers(count, from).map((n) => `v${n}`);

describe.each([
  ['the fake', fakeSourceWorld],
  ['the cluster in memory', memorySourceWorld],
  ['Kafka', kafkaSourceWorld],
])('a source on %s', (_name, open) => {
  let world: SourceWorld;
  const running: Source[] = [];
  afterEach(async () => {
    for (const source of running.splice(0)) await source.stop();
    await world.close();
  });

  async function start(
    events = new RecordedEvents(),
  ): Promise<{ source: Source; events: RecordedEvents }> {
    const source = world.member();
    running.push(source);
    await source.start(events);
    return { source, events };
  }

  async function stop(source: Source): Promise<void> {
    running.splice(running.indexOf(source), 1);
    await source.stop();
  }

  const commit = (source: Source, partition: number, offset: bigint): Promise<boolean> =>
    source.commit([{ topic: world.topic, partition, offset }]);

  /**
   * Waits until a member has been given exactly this many records of a partition since it was
   * assigned.
   */
  const delivered = (events: RecordedEvents, partition: number, count: number): Promise<unknown> =>
    eventually(
      () => events.of(partition).length,
      (length) => length >= count,
    );

  it('delivers every record once, in the order of each partition, before and after it started', async () => {
    world = await open(2);
    await world.produce(0, texts(700));
    const { events } = await start();
    await delivered(events, 0, 700);
    await Promise.all([world.produce(0, texts(1500, 700)), world.produce(1, texts(900))]);
    await Promise.all([delivered(events, 0, 2200), delivered(events, 1, 900)]);
    expect(events.of(0)).toEqual(numbers(2200));
    expect(events.of(1)).toEqual(numbers(900));
    expect(events.values.get(0)).toEqual(texts(2200));
    expect([...events.positions.values()].sort()).toEqual([2200n, 900n]);
    expect(events.assignments).toEqual([[0, 1]]);
  });

  it('tells that a broker answers, also where there are no records', async () => {
    world = await open(1);
    const { events } = await start();
    await eventually(
      () => events.answers,
      (answers) => answers > 0,
    );
    expect(events.of(0)).toEqual([]);
  });

  it('goes on at the committed offset after a restart', async () => {
    world = await open(1);
    await world.produce(0, texts(10));
    const first = await start();
    await delivered(first.events, 0, 10);
    expect(await commit(first.source, 0, 4n)).toBe(true);
    await stop(first.source);
    expect(await world.committed()).toEqual([4]);
    const second = await start();
    await delivered(second.events, 0, 6);
    expect(second.events.of(0)).toEqual(numbers(6, 4));
  });

  // kafkajs: past a transaction marker the position is the batch's, not the last record's, or the
  // lag never reaches 0.
  it('reaches the end of a partition that ends with transaction markers, and never delivers what was aborted', async () => {
    world = await open(1);
    await world.transaction(0, texts(3), 'commit');
    await world.transaction(0, ['aborted'], 'abort');
    const { source, events } = await start();
    await world.transaction(0, texts(2, 3), 'commit');
    // nothing to deliver, and yet the end moves
    await world.transaction(0, ['aborted', 'aborted'], 'abort');
    // Asked anew each time: a broker answers an abort before it has written the marker, and the end
    // moves once more.
    const [end] = await eventually(
      async () => [await world.end(0), Number(events.positions.get(0))] as const,
      ([end, position]) => events.of(0).length === 5 && position === end,
    );
    expect(events.values.get(0)).toEqual(texts(5));
    expect(await commit(source, 0, BigInt(end))).toBe(true);
    expect(await world.committed()).toEqual([end]);
  });

  it('reaches the end of a partition whose last records are followed by the marker of their transaction', async () => {
    world = await open(1);
    await world.transaction(0, texts(3), 'commit');
    const { events } = await start();
    await delivered(events, 0, 3);
    expect(events.positions.get(0)).toBe(BigInt(await world.end(0)));
  });

  it('delivers nothing of a paused partition until it is resumed, and goes on with the others', async () => {
    world = await open(2);
    const { source, events } = await start();
    await world.produce(0, texts(5));
    await delivered(events, 0, 5);
    source.pause({ topic: world.topic, partition: 0 });
    await world.produce(0, texts(5, 5));
    await world.produce(1, texts(5));
    await delivered(events, 1, 5);
    expect(events.of(0)).toEqual(numbers(5));
    source.resume({ topic: world.topic, partition: 0 });
    await delivered(events, 0, 10);
    expect(events.of(0)).toEqual(numbers(10));
  });

  it('shares the partitions, and gives again what was not committed', async () => {
    world = await open(2);
    await Promise.all([world.produce(0, texts(100)), world.produce(1, texts(100))]);
    const a = await start();
    await Promise.all([delivered(a.events, 0, 100), delivered(a.events, 1, 100)]);
    await commit(a.source, 0, 40n);
    await commit(a.source, 1, 70n);
    const b = await start();
    await eventually(
      () => [a.events.assignedNow, b.events.assignedNow],
      (now) => now.every((partitions) => partitions?.length === 1),
    );
    const owner = (partition: number): RecordedEvents =>
      a.events.assignedNow!.includes(partition) ? a.events : b.events;
    await Promise.all([delivered(owner(0), 0, 60), delivered(owner(1), 1, 30)]);
    expect(owner(0).of(0)).toEqual(numbers(60, 40));
    expect(owner(1).of(1)).toEqual(numbers(30, 70));
  });

  it('lets a member commit what it finishes before it rejoins', async () => {
    world = await open(1);
    await world.produce(0, texts(10));
    const events = new RecordedEvents();
    const { source } = await start(events);
    await delivered(events, 0, 10);
    let taken: boolean | undefined;
    events.onRejoining = async () => {
      taken = await commit(source, 0, 10n);
    };
    await start();
    await eventually(
      () => taken,
      (answer) => answer !== undefined,
    );
    expect(taken).toBe(true);
    expect(await world.committed()).toEqual([10]);
  });

  it('does not take a commit from a member that the group has lost', async () => {
    world = await open(1);
    await world.produce(0, texts(10));
    const a = await start();
    await delivered(a.events, 0, 10);
    const hung = Promise.withResolvers<undefined>();
    a.events.onRejoining = () => hung.promise; // it does not rejoin in time
    const b = await start();
    await delivered(b.events, 0, 10);
    await commit(b.source, 0, 8n);
    expect(await commit(a.source, 0, 3n)).toBe(false);
    expect(await world.committed()).toEqual([8]);
    hung.resolve(undefined);
  });

  it('leaves at once when it stops: the others have its partitions long before its session would end', async () => {
    world = await open(2);
    const a = await start();
    const b = await start();
    await eventually(
      () => b.events.assignedNow?.length,
      (count) => count === 1,
    );
    await stop(a.source);
    await eventually(
      () => b.events.assignedNow,
      (now) => now?.length === 2,
      { withinMs: 30_000 },
    );
  });

  // kafkajs: the consumer's own commitOffsets does nothing, silently, once stop has begun.
  it('commits while it stops', async () => {
    world = await open(1);
    await world.produce(0, texts(10));
    const events = new RecordedEvents();
    const held = Promise.withResolvers<undefined>();
    events.onFetched = () => held.promise;
    const { source } = await start(events);
    await delivered(events, 0, 1);
    const stopped = stop(source);
    expect(await commit(source, 0, 1n)).toBe(true);
    held.resolve(undefined);
    await stopped;
    expect(await world.committed()).toEqual([1]);
  });

  it('lets a partition be paused and resumed while it is out of the group: partition processors do not know when that is', async () => {
    world = await open(1);
    await world.produce(0, texts(3));
    const { source, events } = await start();
    await delivered(events, 0, 3);
    await stop(source);
    const partition = { topic: world.topic, partition: 0 };
    expect(() => {
      source.pause(partition);
      source.resume(partition);
    }).not.toThrow();
  });

  it('tells when the group has confirmed the membership, unless nobody wants to know any more', async () => {
    world = await open(1);
    const { source } = await start();
    await source.confirmed(new AbortController().signal);
    const over = AbortSignal.abort();
    await expect(source.confirmed(over)).rejects.toBe(over.reason);
  });

  // kafkajs: such an error ends the consumer with `restart: false`, and the process stays up,
  // consuming nothing.
  it.each([
    ['a TypeError', new TypeError('a bug')],
    ['a RangeError', new RangeError('too deep')],
    ['anything else', new Error('anything')],
  ])('tells that it crashed when a handler throws %s', async (_what, error) => {
    world = await open(1);
    const events = new RecordedEvents();
    events.onFetched = () => Promise.reject(error);
    await start(events);
    await world.produce(0, texts(1));
    await eventually(
      () => events.crashes.length,
      (count) => count > 0,
    );
    expect(events.crashes[0]).toBe(error);
  });
});

describe('a source on Kafka', () => {
  it('begins where it was assigned when it starts from the end, though nothing was read before it was started again', async () => {
    const world = await kafkaSourceWorld(1, { fromBeginning: false });
    await world.produce(0, texts(2));
    const first = world.member();
    await first.start(new RecordedEvents());
    await eventually(
      () => world.committed(),
      ([offset]) => offset === 2,
    );
    await first.stop();
    await world.produce(0, texts(3, 2));
    const events = new RecordedEvents();
    const second = world.member();
    await second.start(events);
    await eventually(
      () => events.of(0).length,
      (count) => count === 3,
    );
    expect(events.of(0)).toEqual([2, 3, 4]);
    await second.stop();
    await world.close();
  });

  it('reads a topic that was made again from its start, and waits while it is missing', async () => {
    const world = await kafkaSourceWorld(1);
    await world.produce(0, texts(5));
    const events = new RecordedEvents();
    const source = world.member();
    await source.start(events);
    await eventually(
      () => events.of(0).length,
      (count) => count === 5,
    );
    await source.commit([{ topic: world.topic, partition: 0, offset: 5n }]);
    await world.remove();
    await eventually(
      () => events.interruptions.length,
      (count) => count > 0,
    );
    expect(events.interruptions[0]).toMatchObject({ problems: [{ code: 'INPUT_TOPIC_MISSING' }] });
    await world.make();
    await world.produce(0, texts(7, 100));
    await eventually(
      () => events.values.get(0),
      (values) => values?.length === 7,
      { withinMs: 30_000 },
    );
    expect(events.values.get(0)).toEqual(texts(7, 100));
    await source.stop();
    await world.close();
  });
});

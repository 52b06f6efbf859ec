import { setTimeout as sleep } from 'node:timers/promises';
import {
  openTopicList,
  type ListRecords,
  type ReadListTopic,
} from '../../../../src/decide/lists/topic-list.ts';
import { ScorerError } from '../../../../src/errors.ts';
import { eventually } from '../../../support/eventually.ts';

type Written = readonly [key: string | null, value: string | null];

/** A topic of some partitions in memory, which may be away. */
class Topic {
  readonly logs: Written[][];
  broken: ScorerError | undefined;

  constructor(...logs: Written[][]) {
    this.logs = logs;
  }

  readonly read: ReadListTopic = (range) => this.#read(range);

  async *#read({
    from,
    follow,
    signal,
  }: Parameters<ReadListTopic>[0]): AsyncGenerator<ListRecords> {
    const next = this.logs.map((_, partition) => from(partition) ?? 0);
    for (const [partition, offset] of next.entries())
      if (offset > this.logs[partition]!.length)
        throw new ScorerError({ code: 'OFFSET_OUT_OF_RANGE', what: 'beyond' });
    for (;;) {
      if (this.broken !== undefined) throw this.broken;
      for (const [partition, log] of this.logs.entries()) {
        const records = log.slice(next[partition]).map(([key, value], i) => ({
          offset: next[partition]! + i,
          key: key === null ? null : Buffer.from(key),
          value: value === null ? null : Buffer.from(value),
        }));
        next[partition] = Math.max(next[partition]!, log.length);
        if (records.length > 0 || follow)
          yield { partition, records, nextOffset: BigInt(next[partition]) };
      }
      if (!follow) return;
      await sleep(2, undefined, { signal });
    }
  }
}

const away = new ScorerError({ code: 'BROKER_UNAVAILABLE', what: 'no answer' });

async function opened(topic: Topic, more: { renewMs?: number } = {}) {
  const said: string[] = [];
  const list = await openTopicList({
    read: topic.read,
    retryMs: 2,
    ...more,
    events: {
      rejected: (count, why, where) => said.push(`${count} at ${where}: ${why}`),
      away: (why) => said.push(why ?? 'back'),
    },
  });
  const has = (...keys: string[]): boolean[] => keys.map((key) => list.has(key, 0));
  const until = (there: () => boolean): Promise<unknown> =>
    eventually(() => Promise.resolve(there()), Boolean);
  return { list, said, has, until };
}

describe('a list in a topic', () => {
  it('has the keys at the end of the topic, and follows it from there', async () => {
    const topic = new Topic(
      [
        ['a', ''],
        ['b', '{}'],
        ['a', null],
      ],
      [['c', '{"expires":5}']],
    );
    const { list, has, until, said } = await opened(topic);
    expect([has('a', 'b', 'c'), list.has('c', 5)]).toEqual([[false, true, true], false]);
    expect([list.position, list.size]).toEqual(['0:3,1:1', 2]);
    list.follow();
    topic.logs[0]!.push(['a', '']);
    topic.logs[1]!.push(['c', null]);
    await until(() => list.position === '0:4,1:2');
    expect(has('a', 'b', 'c')).toEqual([true, true, false]);
    topic.logs[0]!.push(['b', null]);
    await until(() => !list.has('b', 0));
    expect(said).toEqual([]);
    await list.close();
  });

  it('does not apply records that it does not understand, and says so', async () => {
    const topic = new Topic([
      ['a', ''],
      ['a', 'nonsense'],
      [null, ''],
    ]);
    const { list, has, said } = await opened(topic);
    expect(has('a')).toEqual([true]);
    expect(said).toEqual(['2 at 0:1: the value is neither empty nor a JSON object']);
    expect(list.trouble).toBe('records that are not understood and were not applied: 2');
    await list.close();
  });

  it('keeps what it has while the topic is away, and says so once', async () => {
    const topic = new Topic([['a', '']]);
    const { list, has, until, said } = await opened(topic);
    list.follow();
    topic.broken = away;
    await until(() => list.trouble !== undefined);
    topic.logs[0]!.push(['b', '']);
    expect(has('a', 'b')).toEqual([true, false]);
    topic.broken = undefined;
    await until(() => list.has('b', 0));
    expect([list.trouble, said]).toEqual([
      undefined,
      ['the topic cannot be read: BROKER_UNAVAILABLE: no answer', 'back'],
    ]);
    await list.close();
  });

  it('is read anew where the topic was made again', async () => {
    const topic = new Topic([
      ['a', ''],
      ['b', ''],
    ]);
    const { list, has, until } = await opened(topic, { renewMs: 5 });
    list.follow();
    topic.logs[0]!.splice(0, 2, ['c', '']);
    await until(() => list.has('c', 0));
    expect(has('a', 'b', 'c')).toEqual([false, false, true]);
    await list.close();
  });

  it('sees partitions that were added', async () => {
    const topic = new Topic([['a', '']]);
    const { list, until } = await opened(topic, { renewMs: 5 });
    list.follow();
    topic.logs.push([['z', '']]);
    await until(() => list.has('z', 0));
    expect(list.position).toBe('0:1,1:1');
    await list.close();
  });

  it('does not open if its topic cannot be read', async () => {
    const topic = new Topic([]);
    topic.broken = away;
    await expect(opened(topic)).rejects.toThrow('no answer');
  });
});

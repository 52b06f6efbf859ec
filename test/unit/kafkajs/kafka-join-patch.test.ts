import { guard, type Hooks } from '../../../src/kafkajs/kafka-join-patch.ts';

interface Given {
  readonly topic: string;
  readonly rawMessages: readonly unknown[];
}

const JOIN = Symbol('private:ConsumerGroup:join');
const SYNC = Symbol('private:ConsumerGroup:sync');
const missing = Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
const unknownMember = Object.assign(new Error('no such member'), { type: 'UNKNOWN_MEMBER_ID' });

/** A consumer group as far as the guards see it. */
class Group {
  readonly groupId = 'group';
  coordinator: object | null = null;
  readonly said: string[] = [];
  readonly assigners: Hooks[];
  readonly cluster = { refreshMetadata: () => Promise.resolve() };
  joins = (memberId: string | null): string => memberId ?? 'member';
  connects = (): Promise<void> => Promise.resolve();
  readonly topicConfigurations: Record<string, { fromBeginning?: boolean }> = {};
  generationId: number | null = null;
  memberId: string | null = null;
  fetching = Promise.withResolvers<Given[]>();

  constructor(assigners: Hooks[] = []) {
    this.assigners = assigners;
  }

  async joinAndSync(): Promise<void> {
    await this[JOIN]();
    await this[SYNC]();
    this.said.push(`joined ${this.generationId}`);
  }

  [JOIN](): Promise<void> {
    this.memberId = this.joins(this.memberId);
    this.generationId = (this.generationId ?? 0) + 1;
    return Promise.resolve();
  }

  [SYNC](): Promise<void> {
    return Promise.resolve();
  }

  leave(): Promise<void> {
    this.memberId = null;
    return Promise.resolve();
  }

  connect(): Promise<void> {
    this.said.push('connects');
    return this.connects();
  }

  recoverFromFetch(error: Error): Promise<void> {
    this.said.push(`recovers from ${error.message}`);
    return Promise.resolve();
  }

  fetch(nodeId: string): Promise<unknown[]> {
    this.said.push(`fetches from ${nodeId}`);
    return this.fetching.promise;
  }

  recoverFromOffsetOutOfRange({ topic }: { topic: string; partition: number }): Promise<void> {
    const fromBeginning = this.topicConfigurations[topic]?.fromBeginning;
    this.said.push(`resets ${topic} to the ${fromBeginning === true ? 'beginning' : 'end'}`);
    return Promise.resolve();
  }
}

class Guarded extends Group {}
for (const name of [
  'joinAndSync',
  'leave',
  'connect',
  'fetch',
  'recoverFromFetch',
  'recoverFromOffsetOutOfRange',
  JOIN,
  SYNC,
]) {
  Object.defineProperty(Guarded.prototype, name, {
    value: Reflect.get(Group.prototype, name),
    writable: true,
  });
}
guard(Guarded.prototype as unknown as Parameters<typeof guard>[0]);

const batch = (topic: string): Given => ({ topic, rawMessages: ['record'] });

describe('a guarded consumer group', () => {
  it('does not ask before its first join, which has nothing to finish', async () => {
    const group = new Guarded();
    group.assigners.push({ beforeRejoin: () => Promise.reject(new Error('asked')) });
    await group.joinAndSync();
    expect(group.said).toEqual(['joined 1']);
  });

  it('rejoins only after what is in flight was finished', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    const finished = Promise.withResolvers<undefined>();
    group.assigners.push(
      {},
      { beforeRejoin: () => finished.promise.then(() => void group.said.push('finished')) },
    );
    const rejoined = group.joinAndSync();
    await Promise.resolve();
    expect(group.said).toEqual(['joined 1']);
    finished.resolve(undefined);
    await rejoined;
    expect(group.said).toEqual(['joined 1', 'finished', 'joined 2']);
  });

  it('keeps its session while it finishes what is in flight', async () => {
    const group = new Guarded();
    const beaten = Promise.withResolvers<unknown>();
    const heartbeat = (said: unknown): Promise<never> => {
      beaten.resolve(said);
      return Promise.reject(new Error('the group rebalances'));
    };
    group.coordinator = { heartbeat };
    await group.joinAndSync();
    group.assigners.push({ beforeRejoin: () => beaten.promise.then(() => undefined) });
    await group.joinAndSync();
    expect(await beaten.promise).toEqual({
      groupId: 'group',
      groupGenerationId: 1,
      memberId: 'member',
    });
  });

  it.each([
    ['earliest', 'beginning'],
    ['latest', 'end'],
  ] as const)(
    'goes on at the %s offset where the committed one is out of range',
    async (policy, place) => {
      const group = new Guarded();
      group.assigners.push({ onOutOfRange: () => policy });
      await group.recoverFromOffsetOutOfRange({ topic: 'in', partition: 0 });
      expect(group.said).toEqual([`resets in to the ${place}`]);
    },
  );

  it('resets nothing where the hook ends the consumer', async () => {
    const group = new Guarded();
    group.assigners.push({
      onOutOfRange: () => {
        throw new Error('stop');
      },
    });
    await expect(group.recoverFromOffsetOutOfRange({ topic: 'in', partition: 0 })).rejects.toThrow(
      'stop',
    );
    expect(group.said).toEqual([]);
  });

  it('answers what a fetch brings', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    group.fetching.resolve([batch('in')]);
    expect(await group.fetch('7')).toEqual([batch('in')]);
    expect(group.said).toContain('fetches from 7');
  });

  it('answers nothing for a fetch that was under way across a rejoin', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    const fetched = group.fetch('7');
    await group.joinAndSync();
    group.fetching.resolve([batch('of the old assignment')]);
    expect(await fetched).toEqual([]);
  });

  it('hands on nothing of a topic that was made again, and joins anew where it is there', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    const asked: unknown[] = [];
    group.assigners.push({
      sameTopics: (_group, nodeId, topics) => Promise.resolve(asked.push([nodeId, topics]) === 0),
      topicsThere: () => Promise.resolve(void group.said.push('waited')),
    });
    group.fetching.resolve([batch('in'), { topic: 'empty', rawMessages: [] }]);
    expect(await group.fetch('7')).toEqual([]);
    expect(asked).toEqual([['7', ['in']]]);
    expect(group.said).toEqual(['joined 1', 'fetches from 7', 'waited', 'joined 2']);
  });

  it('hands on nothing where nobody can say whether the topic is the same', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    group.assigners.push({ sameTopics: () => Promise.reject(new Error('the broker is away')) });
    group.fetching.resolve([batch('in')]);
    expect(await group.fetch('7')).toEqual([]);
    expect(group.said).toContain('recovers from the broker is away');
  });

  it('waits for topics that are missing instead of failing, many times a second', async () => {
    const group = new Guarded();
    group.assigners.push({ topicsThere: () => Promise.resolve(void group.said.push('waited')) });
    let first = true;
    group.connects = () => {
      const answer = first ? Promise.reject(missing) : Promise.resolve();
      first = false;
      return answer;
    };
    await group.connect();
    await group.recoverFromFetch(missing);
    await group.recoverFromFetch(new Error('anything else'));
    const said = [
      'connects',
      'waited',
      'connects',
      'waited',
      'joined 1',
      'recovers from anything else',
    ];
    expect(group.said).toEqual(said);
  });

  it('asks whether the topic is the same before an offset is out of range', async () => {
    const group = new Guarded();
    group.assigners.push({
      sameTopics: () => Promise.resolve(false),
      onOutOfRange: () => 'latest',
    });
    await group.recoverFromOffsetOutOfRange({ topic: 'in', partition: 0 });
    expect(group.said).toEqual(['joined 1']);
  });

  it('has joined only when positions are settled', async () => {
    const group = new Guarded([{ synced: () => Promise.reject(new Error('no answer')) }]);
    await expect(group.joinAndSync()).rejects.toMatchObject({
      type: 'REBALANCE_IN_PROGRESS',
      retriable: true,
    });
    const denied = Object.assign(new Error('denied'), { retriable: false });
    await expect(
      new Guarded([{ synced: () => Promise.reject(denied) }]).joinAndSync(),
    ).rejects.toBe(denied);
  });

  it('does not read, and joins once, while another fetch loop joins', async () => {
    const settled = Promise.withResolvers<undefined>();
    const group = new Guarded([{ synced: () => settled.promise }]);
    const joins = Promise.all([group.joinAndSync(), group.joinAndSync()]);
    const fetched = group.fetch('7');
    await new Promise(setImmediate);
    expect(group.said).toEqual([]);
    settled.resolve(undefined);
    group.fetching.resolve([batch('in')]);
    await joins;
    expect(await fetched).toHaveLength(1);
    expect(group.said).toEqual(['joined 1', 'joined 1', 'fetches from 7'].slice(1));
  });

  // With a new id, the group would wait for the old one until its session ends.
  it('fetches nothing after a join that failed, before another has succeeded', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    group.joins = () => {
      throw new Error('the connection broke');
    };
    await expect(group.joinAndSync()).rejects.toThrow('broke');
    await expect(group.fetch('1')).rejects.toThrow('broke');
    group.joins = (memberId) => memberId ?? 'another member';
    group.fetching.resolve([]);
    await group.fetch('1');
    await group.fetch('1');
    expect(group.said).toEqual(['joined 1', 'joined 2', 'fetches from 1', 'fetches from 1']);
  });

  it('fetches nothing as a member that could not sync', async () => {
    const group = new Guarded();
    group.assigners.push({ synced: () => Promise.reject(new Error('the connection broke')) });
    await expect(group.joinAndSync()).rejects.toThrow('broke');
    group.assigners.pop();
    group.fetching.resolve([]);
    await group.fetch('1');
    expect(group.said).toEqual(['joined 2', 'fetches from 1']);
  });

  it('joins again where its id was thrown away while another join was under way', async () => {
    const group = new Guarded();
    const syncs = Promise.withResolvers<undefined>();
    group.assigners.push({ synced: () => syncs.promise });
    const joins = [group.joinAndSync()];
    await new Promise(setImmediate);
    group.memberId = null;
    joins.push(group.joinAndSync());
    syncs.resolve(undefined);
    await Promise.all(joins);
    expect([group.memberId, group.said]).toEqual(['member', ['joined 1', 'joined 2']]);
  });

  it('joins again where the answer to its leave comes after it has joined', async () => {
    const group = new Guarded();
    await group.joinAndSync();
    await group.leave();
    group.fetching.resolve([]);
    await group.fetch('1');
    expect([group.memberId, group.said]).toEqual([
      'member',
      ['joined 1', 'joined 2', 'fetches from 1'],
    ]);
  });

  it('begins after an outage with the member id that it had, as long as the group knows it', async () => {
    const assigners: Hooks[] = [{}];
    const first = new Guarded(assigners);
    first.joins = () => 'first';
    await first.joinAndSync();
    const asked: (string | null)[] = [];
    const second = new Guarded(assigners);
    second.joins = (memberId) => {
      asked.push(memberId);
      if (memberId !== null) throw unknownMember;
      return 'second';
    };
    await expect(second.joinAndSync()).rejects.toBe(unknownMember);
    second.memberId = null; // as kafkajs does
    await second.joinAndSync();
    expect(asked).toEqual(['first', null]);
    await second.leave();
    const third = new Guarded(assigners);
    third.joins = (memberId) => `after ${memberId}`;
    await third.joinAndSync();
    expect(third.memberId).toBe('after null');
  });
});

describe('a join that fails', () => {
  const named = (name: string): Error & { retriable: boolean } =>
    Object.assign(new Error(name), { name, retriable: false });

  it.each([
    ['KafkaJSBrokerNotFound', true],
    ['KafkaJSGroupCoordinatorNotFound', true],
    ['KafkaJSMetadataNotLoaded', true],
    ['KafkaJSNonRetriableError', false],
  ])('with %s lets the consumer start again: %s', async (name, again) => {
    for (const act of ['joins', 'connects'] as const) {
      const cause = named(name);
      const wrapped = new Error('gave up', { cause });
      const group = new Guarded();
      group[act] = () => {
        throw wrapped;
      };
      await expect(act === 'joins' ? group.joinAndSync() : group.connect()).rejects.toBe(wrapped);
      expect(cause.retriable).toBe(again);
    }
  });
});

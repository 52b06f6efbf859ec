import type { Hooks } from '../../../src/kafkajs/kafka-join-hooks.ts';
import { Guarded } from '../../support/guarded-group.ts';

const unknownMember = Object.assign(new Error('no such member'), { type: 'UNKNOWN_MEMBER_ID' });

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

import { batch, Guarded } from '../../support/guarded-group.ts';

const missing = Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });

describe('what a guarded consumer group fetches', () => {
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
});

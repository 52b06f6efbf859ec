import type { ConsumerGroup } from '../../../src/kafkajs/kafka-group.ts';
import { settle } from '../../../src/consume/kafka-positions.ts';
import { SILENT, type Logger } from '../../../src/observe/logger.ts';
import { TopicIds } from '../../../src/runtime/topic-ids.ts';

interface Committed {
  offset: string;
  metadata?: string | null | undefined;
}

/**
 * A group of topics with four partitions each, which hold the records 10 to 19, and what was
 * committed of them.
 */
class Broker {
  readonly committed = new Map<string, Committed>();
  readonly commits: string[] = [];
  beats = 0;
  onHeartbeat: () => void = () => undefined;

  member(...partitions: number[]): ConsumerGroup {
    const seen = {
      topic: 'in',
      partitionMetadata: [0, 1, 2, 3].map((partitionId) => ({ partitionId })),
    };
    const broker = {
      versions: null,
      connectionPool: { send: () => Promise.reject(new Error('not asked')) },
      metadata: () => Promise.resolve({ topicMetadata: [seen] }),
    };
    const group: Partial<ConsumerGroup> = {
      groupId: 'g',
      memberId: 'm',
      generationId: 3,
      assigned: () => [{ topic: 'in', partitions }],
      cluster: {
        brokerPool: { findConnectedBroker: () => Promise.resolve(broker) },
        findBroker: () => Promise.resolve(broker),
        refreshMetadata: () => Promise.resolve(),
        fetchTopicsOffset: (topics) =>
          Promise.resolve(
            topics.map(({ topic, partitions: asked, fromBeginning }) => ({
              topic,
              partitions: asked.map(({ partition }) => ({
                partition,
                offset: fromBeginning ? '10' : '20',
              })),
            })),
          ),
      },
      coordinator: {
        offsetFetch: ({ topics }) =>
          Promise.resolve({
            responses: topics.map(({ topic, partitions: asked }) => ({
              topic,
              partitions: asked.map(({ partition }) => ({
                partition,
                offset: '-1',
                ...this.committed.get(`${topic}-${partition}`),
              })),
            })),
          }),
        offsetCommit: ({ topics, groupGenerationId }) => {
          this.commits.push(
            `generation ${groupGenerationId}: ${topics[0]!.partitions.map(({ partition, offset }) => `${partition}=${offset}`).join(' ')}`,
          );
          for (const { topic, partitions: given } of topics) {
            for (const { partition, offset, metadata } of given)
              this.committed.set(`${topic}-${partition}`, { offset, metadata });
          }
          return Promise.resolve();
        },
        heartbeat: () => {
          this.beats++;
          this.onHeartbeat();
          return Promise.resolve();
        },
      },
    };
    return group as ConsumerGroup;
  }
}

const options = (
  startFrom: 'earliest' | 'latest',
  ids = new TopicIds(),
  logger: Logger = SILENT,
) => ({ startFrom, ids, logger });

describe('the positions of a new assignment', () => {
  it.each([
    ['latest', 20],
    ['earliest', 10],
  ] as const)(
    'are committed at the %s offset before anything is read, all of a new topic at once',
    async (startFrom, at) => {
      const broker = new Broker();
      await settle(broker.member(0, 2), options(startFrom));
      expect(broker.commits).toEqual([`generation 3: 0=${at} 1=${at} 2=${at} 3=${at}`]);
    },
  );

  it('are never touched where they are', async () => {
    const broker = new Broker();
    for (const partition of [0, 1, 2, 3]) broker.committed.set(`in-${partition}`, { offset: '15' });
    await settle(broker.member(0, 1, 2, 3), options('latest'));
    expect(broker.commits).toEqual([]);
  });

  // Added later, or expired: what arrived meanwhile must not be skipped.
  it('begin at the start of a partition where the group has others of the topic, whatever startFrom says', async () => {
    const broker = new Broker();
    broker.committed.set('in-0', { offset: '15' });
    await settle(broker.member(1, 0), options('latest'));
    expect(broker.commits).toEqual(['generation 3: 1=10']);
    expect(broker.committed.get('in-0')).toEqual({ offset: '15' });
  });

  it('are waited for where another member has the first partition', async () => {
    const broker = new Broker();
    broker.onHeartbeat = () => {
      for (const partition of [0, 1, 2, 3])
        broker.committed.set(`in-${partition}`, { offset: '20' });
    };
    await settle(broker.member(1), options('latest'));
    expect(broker.commits).toEqual([]);
    expect(broker.beats).toBe(1);
  });

  it('are not waited for across a rebalance', async () => {
    const broker = new Broker();
    broker.onHeartbeat = () => {
      throw new Error('rebalance');
    };
    await expect(settle(broker.member(1), options('latest'))).rejects.toThrow('rebalance');
  });

  it('begin anew, and aloud, where the offsets are of a topic that was deleted', async () => {
    const broker = new Broker();
    for (const partition of [0, 1, 2, 3])
      broker.committed.set(`in-${partition}`, { offset: '15', metadata: 'topicId=old' });
    const said: unknown[] = [];
    const logger = {
      ...SILENT,
      error: (what: unknown) => void said.push(what),
    } as unknown as Logger;
    const ids = new TopicIds();
    ids.believes = (_topic, metadata) => metadata !== 'topicId=old';
    await settle(broker.member(0, 1, 2, 3), options('earliest', ids, logger));
    expect(broker.commits).toEqual(['generation 3: 0=10 1=10 2=10 3=10']);
    expect(said).toEqual([{ topic: 'in' }]);
  });
});

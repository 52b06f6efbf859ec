import type { Consumer } from 'kafkajs';
import { OffsetCommits } from '../../../src/consume/kafka-offset-commit.ts';
import { TopicIds } from '../../../src/runtime/topic-ids.ts';

const offsets = [
  { topic: 'in', partition: 0, offset: 5n },
  { topic: 'in', partition: 1, offset: 7n },
];

/** Commits by the consumer's own call, or by a handler's, and answers what kafkajs was told. */
async function told(by: 'consumer' | 'handler'): Promise<unknown[]> {
  const said: unknown[] = [];
  const tell = (what: unknown): Promise<void> => Promise.resolve(void said.push(what));
  const never = (): Promise<never> => Promise.reject(new Error('not asked'));
  const ids = new TopicIds();
  ids.set('in', 'an id');
  const consumer = { commitOffsets: by === 'consumer' ? tell : never } as unknown as Consumer;
  const handler = by === 'handler' ? tell : undefined;
  expect(await new OffsetCommits('g', ids).commit(offsets, consumer, handler)).toBe(true);
  return said;
}

/** The same where the broker answers with an error. */
function refused(error: Error): Promise<boolean> {
  const consumer = { commitOffsets: () => Promise.reject(error) } as unknown as Consumer;
  return new OffsetCommits('g', new TopicIds()).commit(offsets, consumer, undefined);
}

const typed = (type: string): Error => Object.assign(new Error('no'), { type });

describe('offsets are committed', () => {
  it('each with the id of its topic', async () => {
    expect(await told('consumer')).toEqual([
      [
        { topic: 'in', partition: 0, offset: '5', metadata: 'topicId=an id' },
        { topic: 'in', partition: 1, offset: '7', metadata: 'topicId=an id' },
      ],
    ]);
  });

  it("by a handler's call where there is one: it commits while the consumer stops", async () => {
    expect(await told('handler')).toEqual([
      {
        topics: [
          {
            topic: 'in',
            partitions: [
              { partition: 0, offset: '5', metadata: 'topicId=an id' },
              { partition: 1, offset: '7', metadata: 'topicId=an id' },
            ],
          },
        ],
      },
    ]);
  });
});

describe('offsets that are not taken', () => {
  it.each([
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
    'REBALANCE_IN_PROGRESS',
    'FENCED_INSTANCE_ID',
  ])('are those of another member by now: %s', async (type) => {
    expect(await refused(typed(type))).toBe(false);
  });

  it.each([
    ['GROUP_AUTHORIZATION_FAILED', 'KAFKA_DENIED'],
    ['COORDINATOR_NOT_AVAILABLE', 'BROKER_UNAVAILABLE'],
    [undefined, 'BROKER_UNAVAILABLE'],
  ])('say why: %s is %s', async (type, code) => {
    const error = type === undefined ? new Error('it broke') : typed(type);
    await expect(refused(error)).rejects.toMatchObject({ problems: [{ code }], cause: error });
  });
});

import { jest } from '@jest/globals';
import type { Admin, ITopicConfig } from 'kafkajs';
import { makeTopics } from '../../../src/demo/kafka-topics.ts';

/**
 * A broker that answers so, one answer a question; the leaders of the partitions of `t`, or an
 * error.
 */
function brokerThatAnswers(answers: (number[] | Error)[]): {
  admin: Admin;
  made: ITopicConfig[];
  left: () => number;
} {
  const made: ITopicConfig[] = [];
  const admin = {
    createTopics: ({
      topics,
      waitForLeaders,
    }: {
      topics: ITopicConfig[];
      waitForLeaders: boolean;
    }) => {
      expect(waitForLeaders).toBe(false);
      made.push(...topics);
      return Promise.resolve(true);
    },
    fetchTopicMetadata: ({ topics }: { topics: string[] }) => {
      expect(topics).toEqual(['t']);
      const answer = answers.shift()!;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({
        topics: [{ name: 't', partitions: answer.map((leader) => ({ leader })) }],
      });
    },
  };
  return { admin: admin as unknown as Admin, made, left: () => answers.length };
}

describe('topics just made', () => {
  it('are waited for until every partition has a leader, also where the broker has not heard of them', async () => {
    const { admin, made, left } = brokerThatAnswers([
      new Error('not hosted here'),
      [1, -1],
      [1, 2],
      [9, 9],
    ]);
    await makeTopics(admin, [{ topic: 't', numPartitions: 2 }]);
    expect(made).toEqual([{ topic: 't', numPartitions: 2 }]);
    expect(left()).toBe(1);
  });

  it.each([
    ['answers with an error', new Error('last'), 'last'],
    ['names no leader', [1, -1], 'no leader yet: t'],
  ])('are given up after 30 s where the broker still %s', async (_name, last, expected) => {
    let now = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += 20_000));
    try {
      const { admin } = brokerThatAnswers([new Error('first'), last, [1]]);
      await expect(makeTopics(admin, [{ topic: 't' }])).rejects.toThrow(expected);
    } finally {
      clock.mockRestore();
    }
  });
});

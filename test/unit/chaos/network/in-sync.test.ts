import type { Admin } from 'kafkajs';
import { untilInSync } from '../../../../chaos/network/in-sync.ts';

type Metadata = Awaited<ReturnType<Admin['fetchTopicMetadata']>>;

const partition = (isr: number[]) => ({
  partitionErrorCode: 0,
  partitionId: 0,
  leader: 1,
  replicas: [1, 2, 3],
  isr,
});

describe('the wait for replicas in sync', () => {
  it('ends when every partition has all of them, whatever fails meanwhile', async () => {
    const answers: (Metadata | Error)[] = [
      { topics: [{ name: 'in', partitions: [partition([1, 2, 3]), partition([1, 3])] }] },
      new Error('no leader'),
      { topics: [{ name: 'in', partitions: [partition([3, 1, 2]), partition([1, 2, 3])] }] },
    ];
    const asked: unknown[] = [];
    const fetchTopicMetadata: Admin['fetchTopicMetadata'] = (of) => {
      asked.push(of);
      const answer = answers.shift()!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    await untilInSync({ fetchTopicMetadata }, ['in'], new AbortController().signal);
    expect([asked.length, asked[0]]).toEqual([3, { topics: ['in'] }]);
  });
});

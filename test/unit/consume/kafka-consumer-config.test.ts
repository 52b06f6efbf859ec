import type { PartitionAssigner } from 'kafkajs';
import { consumerConfig, runConfig } from '../../../src/consume/kafka-consumer-config.ts';
import { KAFKA_RETRY } from '../../../src/kafkajs/kafka-client.ts';

const assigner = (() => undefined) as unknown as PartitionAssigner;
const eachBatch = (): Promise<void> => Promise.resolve();

describe('what kafkajs is told', () => {
  // kafkajs wakes all of its workers at every fetch; a partition without room must not hold others
  // up.
  it.each([
    [4, 8],
    [50, 50],
    [1000, 256],
  ])('handles %d partitions with %d workers', (partitions, workers) => {
    expect(runConfig(partitions, eachBatch).partitionsConsumedConcurrently).toBe(workers);
  });

  it('waits briefly for records, as it sleeps for as long where all partitions are paused', () => {
    expect(consumerConfig('g', assigner, undefined).maxWaitTimeInMs).toBeLessThanOrEqual(250);
  });

  it('retries as ours say: its own defaults depend on NODE_ENV', () => {
    const ours = { ...KAFKA_RETRY, maxRetryTime: 1000 };
    expect(consumerConfig('g', assigner, undefined).retry).toEqual(ours);
    expect(consumerConfig('g', assigner, { retry: { retries: 2 } }).retry).toEqual({
      ...ours,
      retries: 2,
    });
  });

  it('takes what the configuration says, but for the group and who assigns its partitions', () => {
    const overrides = {
      sessionTimeout: 9000,
      groupId: 'another',
      partitionAssigners: [],
      allowAutoTopicCreation: true,
    };
    expect(consumerConfig('g', assigner, overrides)).toMatchObject({
      sessionTimeout: 9000,
      groupId: 'g',
      partitionAssigners: [assigner],
      allowAutoTopicCreation: false,
    });
  });
});

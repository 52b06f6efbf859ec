import type { ConsumerConfig, ConsumerRunConfig, PartitionAssigner } from 'kafkajs';
import { KAFKA_RETRY } from '../kafkajs/kafka-client.ts';

/**
 * How long a fetch waits for records. It is also how long kafkajs sleeps when every partition is
 * paused, and so how late a resumed partition is seen at worst; its default of 5 s would be felt.
 */
const MAX_WAIT_MS = 250;

/**
 * How late a member hears of a rebalance at worst (kafkajs: 3 s). All partitions stand still
 * meanwhile, for the members that heard of it sooner wait for the last one.
 */
const HEARTBEAT_MS = 500;

/**
 * How long the group waits for a member that died, while its partitions stand still (kafkajs: 30
 * s). Brokers take no less unless they are told to. Heartbeats come from the loop that fetches,
 * and while what is in flight is finished.
 */
const SESSION_MS = 6000;

/**
 * How long the members that joined wait for one that does not; longer than a member may take to
 * finish what is in flight.
 */
const REBALANCE_MS = 15_000;

/**
 * How late a broker that is back is seen at worst, and what is waited before a consumer that lost
 * its group starts again.
 */
const LONGEST_RETRY_MS = 1000;

/**
 * A fetch of a few batches: more would only lie in memory while the first is scored (kafkajs: 1
 * MB).
 */
const MAX_BYTES_PER_PARTITION = 256 * 1024;

/**
 * kafkajs wakes so many workers at every fetch, which costs more than the records of a slow stream;
 * with fewer than partitions, a partition without room would hold others up until it has some.
 */
const MIN_WORKERS = 8;
const MAX_WORKERS = 256;

/** What kafkajs is told when a consumer is made. */
export function consumerConfig(
  groupId: string,
  assigner: PartitionAssigner,
  overrides: Partial<ConsumerConfig> | undefined,
): ConsumerConfig {
  return {
    maxWaitTimeInMs: MAX_WAIT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: REBALANCE_MS,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    ...overrides,
    retry: { ...KAFKA_RETRY, maxRetryTime: LONGEST_RETRY_MS, ...overrides?.retry },
    groupId,
    allowAutoTopicCreation: false,
    partitionAssigners: [assigner],
  };
}

/** What kafkajs is told when a consumer begins to read. */
export function runConfig(
  partitions: number,
  eachBatch: NonNullable<ConsumerRunConfig['eachBatch']>,
): ConsumerRunConfig {
  return {
    autoCommit: false,
    // Offsets are resolved where the records are queued: a handler that ends after a rebalance
    // must not resolve any.
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: Math.min(Math.max(partitions, MIN_WORKERS), MAX_WORKERS),
    eachBatch,
  };
}

import type { ConsumerConfig, ConsumerRunConfig, PartitionAssigner } from 'kafkajs';
import { KAFKA_RETRY } from '../kafkajs/kafka-client.ts';

/**
 * How long a fetch waits for records. kafkajs also sleeps this long when every partition is paused,
 * so a resumed partition may be seen this late. The default of 5 s would be noticeable.
 */
const MAX_WAIT_MS = 250;

/**
 * How late a member learns of a rebalance at worst (kafkajs: 3 s). Meanwhile all partitions stand
 * still, because the other members wait for the last one.
 */
const HEARTBEAT_MS = 500;

/**
 * How long the group waits for a dead member while its partitions stand still (kafkajs: 30 s).
 * Brokers do not accept less by default. The fetch loop sends the heartbeats, also while batches in
 * flight are finished.
 */
const SESSION_MS = 6000;

/**
 * How long the members that joined wait for one that does not. It is longer than a member may take
 * to finish its batches in flight.
 */
const REBALANCE_MS = 15_000;

/**
 * How late a broker that is back is seen at worst, and how long a consumer that lost its group
 * waits before it starts again.
 */
const LONGEST_RETRY_MS = 1000;

/**
 * A fetch has the size of a few batches. More would only wait in memory while the first is scored
 * (kafkajs: 1 MB).
 */
const MAX_BYTES_PER_PARTITION = 256 * 1024;

/**
 * kafkajs wakes this many workers at every fetch, which costs more than the records of a slow
 * stream. With fewer workers than partitions, a partition without room would block others.
 */
const MIN_WORKERS = 8;
const MAX_WORKERS = 256;

/** The options of kafkajs for a new consumer. */
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

/** The options of kafkajs for a consumer that starts to read. */
export function runConfig(
  partitions: number,
  eachBatch: NonNullable<ConsumerRunConfig['eachBatch']>,
): ConsumerRunConfig {
  return {
    autoCommit: false,
    // Offsets are resolved when the records are queued: a handler that ends after a rebalance must
    // not resolve any.
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: Math.min(Math.max(partitions, MIN_WORKERS), MAX_WORKERS),
    eachBatch,
  };
}

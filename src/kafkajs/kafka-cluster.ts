import type { Kafka } from 'kafkajs';
import type { RequestBroker } from './kafka-topic-request.ts';

/** A broker of kafkajs that can be asked for coordinators. */
export interface CoordinatingBroker extends RequestBroker {
  findGroupCoordinator(of: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>;
}

interface OfTopic<Partition> {
  readonly topic: string;
  readonly partitions: readonly Partition[];
}

/** What a broker answers to a fetch of one partition. */
export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly messages: unknown;
}

/** A broker of kafkajs that can be read from, without a consumer. */
export interface ReadingBroker extends RequestBroker {
  listOffsets(of: {
    readonly replicaId: number;
    readonly isolationLevel: number;
    readonly topics: readonly OfTopic<{ partition: number; timestamp: number }>[];
  }): Promise<{ responses: OfTopic<{ partition: number; offset: string }>[] }>;
  fetch(of: {
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly OfTopic<{
      partition: number;
      fetchOffset: string;
      maxBytes: number;
    }>[];
  }): Promise<{ responses: OfTopic<FetchedPartition>[] }>;
}

/**
 * kafkajs' cluster, which its clients keep to themselves: requests that none of them has need one.
 */
export interface RequestCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** Has the metadata of the topic looked up, now and from now on. */
  addTargetTopic(topic: string): Promise<void>;
  /** Partitions by the id of their leader; those that are not known are left out. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(of: { readonly nodeId: number | string }): Promise<ReadingBroker>;
  readonly brokerPool: { findConnectedBroker(): Promise<CoordinatingBroker> };
}

export const GROUP_COORDINATOR = 0;
export const TRANSACTION_COORDINATOR = 1;

/**
 * A cluster of its own with the client's connections settings; undefined where kafkajs has no such
 * thing (any more).
 */
export function clusterOf(kafka: Kafka): RequestCluster | undefined {
  const symbols = Object.getOwnPropertySymbols(kafka);
  const create = symbols.find(({ description }) => description === 'private:Kafka:createCluster');
  if (create === undefined) return undefined;
  const make = (kafka as unknown as Record<symbol, (options: object) => RequestCluster>)[create]!;
  return make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
}

/**
 * The coordinator of a group or a transactional id, by a request of its own: kafkajs' search ends
 * in "not found" where the broker says that this is denied.
 */
export async function coordinatorOf(
  cluster: RequestCluster,
  id: string,
  kind: number,
): Promise<RequestBroker> {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const { coordinator } = await broker.findGroupCoordinator({ groupId: id, coordinatorType: kind });
  return cluster.findBroker(coordinator);
}

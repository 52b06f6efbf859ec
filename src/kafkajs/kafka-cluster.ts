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

/** The answer of a broker to a fetch of one partition. */
export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly messages: unknown;
}

/** A broker of kafkajs from which records can be read without a consumer. */
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

/** The cluster object of kafkajs, which its clients do not expose. Our own requests need one. */
export interface RequestCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** Loads the metadata of the topic, now and from now on. */
  addTargetTopic(topic: string): Promise<void>;
  /** Partitions by the id of their leader, without unknown ones. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(of: { readonly nodeId: number | string }): Promise<ReadingBroker>;
  readonly brokerPool: { findConnectedBroker(): Promise<CoordinatingBroker> };
}

export const GROUP_COORDINATOR = 0;
export const TRANSACTION_COORDINATOR = 1;

/**
 * A cluster object with the connection settings of the client; undefined if kafkajs has none (any
 * more).
 */
export function clusterOf(kafka: Kafka): RequestCluster | undefined {
  const symbols = Object.getOwnPropertySymbols(kafka);
  const create = symbols.find(({ description }) => description === 'private:Kafka:createCluster');
  if (create === undefined) return undefined;
  const make = (kafka as unknown as Record<symbol, (options: object) => RequestCluster>)[create]!;
  return make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
}

/**
 * The coordinator of a group or a transactional id, with a request of our own: kafkajs answers "not
 * found" if the broker denies the request.
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

import type { Kafka } from 'kafkajs';
import type { RequestBroker } from './kafka-topic-request.ts';

/** A broker of kafkajs that can be asked for coordinators. */
export interface CoordinatingBroker extends RequestBroker {
  findGroupCoordinator(of: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>;
}

/**
 * kafkajs' cluster, which its clients keep to themselves: requests that none of them has need one.
 */
export interface RequestCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findBroker(of: { readonly nodeId: number | string }): Promise<RequestBroker>;
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

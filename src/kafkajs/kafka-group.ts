import type { RequestBroker } from './kafka-topic-request.ts';

/** A broker of kafkajs, with the functions for the coordinator of the group. */
export interface Coordinator {
  offsetFetch(request: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: OffsetsOfTopic[] }>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: {
      topic: string;
      partitions: { partition: number; offset: string; metadata?: string | undefined }[];
    }[];
  }): Promise<unknown>;
  heartbeat(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
  }): Promise<unknown>;
}

export interface OffsetsOfTopic {
  readonly topic: string;
  readonly partitions: {
    partition: number;
    offset: string;
    metadata?: string | null | undefined;
  }[];
}

/** kafkajs' cluster. */
export interface AnyCluster {
  readonly brokerPool: { findConnectedBroker(): Promise<RequestBroker> };
}

export interface Cluster extends AnyCluster {
  findBroker(of: { nodeId: string }): Promise<RequestBroker>;
  refreshMetadata(): Promise<void>;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<OffsetsOfTopic[]>;
}

export interface FetchedBatch {
  readonly topic: string;
  /**
   * Includes records that are not passed on, such as aborted ones and markers: they move the
   * position too.
   */
  readonly rawMessages: ArrayLike<unknown>;
}

/** The consumer group of kafkajs, with the parts that the guards of `kafka-join-patch.ts` use. */
export interface ConsumerGroup<Assigner = object> {
  readonly groupId: string;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator | null;
  readonly assigners: readonly Assigner[];
  readonly topicsSubscribed: readonly string[];
  readonly topicConfigurations: Record<string, { fromBeginning?: boolean }>;
  readonly generationId: number | null;
  memberId: string | null;
  assigned(): { topic: string; partitions: number[] }[];
  connect(): Promise<void>;
  joinAndSync(): Promise<void>;
  leave(): Promise<void>;
  fetch(nodeId: string): Promise<FetchedBatch[]>;
  recoverFromFetch(error: Error & { type?: string }): Promise<void>;
  recoverFromOffsetOutOfRange(error: { topic: string; partition: number }): Promise<void>;
}

/** The committed offset in an answer; undefined: none, or one of a deleted topic of this name. */
export function committedIn(
  answer: readonly OffsetsOfTopic[],
  { topic, partition }: { readonly topic: string; readonly partition: number },
  ids: { believes(topic: string, note: string | null | undefined): boolean },
): bigint | undefined {
  const entry = answer[0]?.partitions.find((candidate) => candidate.partition === partition);
  const offset = BigInt(entry?.offset ?? -1);
  return offset < 0n || !ids.believes(topic, entry?.metadata) ? undefined : offset;
}

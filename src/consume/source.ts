import type { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { InputRecord } from '../flow/record.ts';

/** Records of one partition from one fetch, in offset order. */
export interface Fetched extends TopicPartition {
  readonly records: readonly InputRecord[];
  /**
   * Where the partition continues after them. It is beyond the last record if transaction markers
   * or gaps follow.
   */
  readonly nextOffset: bigint;
  /** The partition's end when this was fetched. */
  readonly endOffset: bigint;
}

export interface OffsetCommit extends TopicPartition {
  /** The next offset to be read. */
  readonly offset: bigint;
}

export interface SourceEvents {
  /**
   * The group assigned these partitions to this member. Everything fetched before is void, whether
   * owned or not.
   */
  assigned(partitions: readonly TopicPartition[]): void;
  /**
   * Records arrived. Called in offset order per partition. The promise resolves when there is room
   * for more. Until then nothing of any partition is fetched from that broker, so a slow partition
   * should be paused instead.
   */
  fetched(fetched: Fetched): Promise<void>;
  /**
   * The loop that fetches and keeps the membership did something. `answered`: a broker answered a
   * fetch.
   */
  looped(answered: boolean): void;
  /**
   * The member is about to rejoin the group: this is the last moment to finish and commit batches
   * in flight.
   */
  rejoining(): Promise<void>;
  /**
   * The cluster has not answered for longer than the client waits. The assignment is over, and the
   * member joins again by itself.
   */
  interrupted(outage: ScorerError): void;
  /** The consumer ended by itself and will not come back. */
  crashed(error: Error): void;
}

/** A member of a consumer group (port). Order: `start`, events, `stop`. */
export interface Source {
  start(events: SourceEvents): Promise<void>;
  /**
   * Commits for the current assignment. Returns false if the group no longer accepts it from this
   * member (a rebalance). Throws BROKER_UNAVAILABLE if it may be tried again.
   */
  commit(offsets: readonly OffsetCommit[]): Promise<boolean>;
  /**
   * Resolves at the next heartbeat that the group accepts. Throws the reason of the signal if it
   * aborts before.
   */
  confirmed(signal: AbortSignal): Promise<void>;
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /** Leaves the group. Commit before this call; afterwards it is too late. */
  stop(): Promise<void>;
}

import type { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { InputRecord } from '../flow/record.ts';

/** Records of one partition from one fetch, in offset order. */
export interface Fetched extends TopicPartition {
  readonly records: readonly InputRecord[];
  /**
   * Where the partition goes on after them; beyond the last record where transaction markers or
   * gaps follow.
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
   * The group gave these partitions to this member; whatever was fetched before is void, owned or
   * not.
   */
  assigned(partitions: readonly TopicPartition[]): void;
  /**
   * Records arrived. Called in offset order per partition; the promise resolves when there is room
   * for more, and until then no more of any partition are fetched from that broker, so a slow
   * partition should be paused instead.
   */
  fetched(fetched: Fetched): Promise<void>;
  /**
   * The loop that fetches and keeps the membership did something; `answered`: a broker answered a
   * fetch.
   */
  looped(answered: boolean): void;
  /**
   * The member is about to rejoin the group: the last moment to finish and commit what is in
   * flight.
   */
  rejoining(): Promise<void>;
  /**
   * The cluster is away for longer than the client waits: the assignment is over, and the member
   * joins anew by itself.
   */
  interrupted(outage: ScorerError): void;
  /** The consumer ended by itself and will not come back. */
  crashed(error: Error): void;
}

/** A member of a consumer group (port). Order: `start`, events, `stop`. */
export interface Source {
  start(events: SourceEvents): Promise<void>;
  /**
   * Commits for the current assignment. Answers false where the group does not take it from this
   * member any more (a rebalance); throws BROKER_UNAVAILABLE where it may be tried again.
   */
  commit(offsets: readonly OffsetCommit[]): Promise<boolean>;
  /**
   * Resolves at the next heartbeat that the group accepts; throws the signal's reason when it aborts
   * before.
   */
  confirmed(signal: AbortSignal): Promise<void>;
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /** Leaves the group. Commit before: afterwards it is too late. */
  stop(): Promise<void>;
}

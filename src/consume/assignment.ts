import { setTimeout as sleep } from 'node:timers/promises';
import type { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { BatchLimits } from './batch-policy.ts';
import { PartitionProcessor, type PartitionWork } from './partition-processor.ts';
import type { Fetched, Source, SourceEvents } from './source.ts';

export interface AssignmentOptions {
  readonly source: Source;
  readonly limits: BatchLimits;
  readonly work: PartitionWork;
  readonly now: () => number;
  /** Batches of one partition that may be scored before the first of them is written. */
  readonly maxInFlightBatches: number;
  /** Most of them that are delivered together. */
  readonly maxBatchesPerDelivery: number;
  /** Most records of the next batch of any partition. */
  readonly maxRows: () => number;
  /** Commits what the partition processors have delivered; called when they have to end. */
  readonly flush: () => Promise<void>;
  /** The group assigned anew: nothing from before may be committed any more. */
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void;
  /** The assignment is over because the cluster is away; the next one follows by itself. */
  readonly onInterrupted: (outage: ScorerError) => void;
  /** The source's loop did something; `answered`: a broker answered a fetch. */
  readonly onLooped: (answered: boolean) => void;
  /** Position and end of a partition after a fetch, for the lag. */
  readonly onFetched: (fetched: Fetched) => void;
  readonly onFatal: (error: unknown) => void;
  /** Longest time that a rejoin or a stop waits for what is in flight. */
  readonly drainMs: number;
}

/**
 * How long a full partition processor may hold up the fetches of its broker before its partition is
 * paused instead.
 */
const PAUSE_AFTER_MS = 100;

/**
 * The partition processors of the current assignment, and what happens to them when the group
 * assigns anew.
 */
export class Assignment implements SourceEvents {
  readonly #options: AssignmentOptions;
  readonly #assignment = new Map<string, PartitionProcessor>();
  /** Lanes of earlier assignments that still have writes in flight. */
  readonly #leaving = new Map<string, Promise<void>>();
  #stopping = false;

  constructor(options: AssignmentOptions) {
    this.#options = options;
  }

  assigned(partitions: readonly TopicPartition[]): void {
    this.#leaveAll();
    this.#options.onAssigned(partitions);
    for (const partition of partitions) this.#open(partition);
  }

  interrupted(outage: ScorerError): void {
    this.#leaveAll();
    this.#options.onInterrupted(outage);
  }

  #leaveAll(): void {
    for (const [key, processor] of this.#assignment) {
      processor.abandon();
      const leaving = processor.settled.finally(() => {
        if (this.#leaving.get(key) === leaving) this.#leaving.delete(key);
      });
      this.#leaving.set(key, leaving);
    }
    this.#assignment.clear();
  }

  async fetched(fetched: Fetched): Promise<void> {
    const processor = this.#assignment.get(keyOf(fetched));
    if (processor === undefined || this.#stopping) return;
    this.#options.onFetched(fetched);
    processor.push(fetched);
    if (processor.hasCapacity) return;
    if (await happensWithin(processor.capacity(), PAUSE_AFTER_MS)) return;
    if (this.#assignment.get(keyOf(fetched)) !== processor) return;
    const { source } = this.#options;
    source.pause(fetched);
    void processor.capacity().then(() => {
      source.resume(fetched);
    });
  }

  looped(answered: boolean): void {
    this.#options.onLooped(answered);
  }

  async rejoining(): Promise<void> {
    await this.#drain();
  }

  crashed(error: Error): void {
    this.#options.onFatal(error);
  }

  /** Finishes and commits what is in flight, as far as it gets in time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#drain();
    for (const processor of this.#assignment.values()) processor.abandon();
    await Promise.all([...this.#assignment.values()].map((processor) => processor.settled));
  }

  /** Ends everything at once; nothing more is committed. */
  abandon(): void {
    this.#stopping = true;
    for (const processor of this.#assignment.values()) processor.abandon();
  }

  #open(partition: TopicPartition): void {
    const { limits, work, now, maxInFlightBatches, maxBatchesPerDelivery, maxRows, onFatal } =
      this.#options;
    const key = keyOf(partition);
    const after = this.#leaving.get(key) ?? Promise.resolve();
    this.#assignment.set(
      key,
      new PartitionProcessor({
        partition,
        limits,
        work,
        now,
        maxInFlightBatches,
        maxBatchesPerDelivery,
        maxRows,
        after,
        onFatal,
      }),
    );
  }

  async #drain(): Promise<void> {
    const assignment = [...this.#assignment.values()];
    for (const processor of assignment) processor.stop();
    await happensWithin(
      Promise.all(assignment.map((processor) => processor.settled)),
      this.#options.drainMs,
    );
    await this.#options.flush();
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

async function happensWithin(event: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const happened = await Promise.race([event.then(() => true), late]);
  timer.abort();
  return happened;
}

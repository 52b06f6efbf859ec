import { setTimeout as sleep } from 'node:timers/promises';
import type { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { PartitionProcessor, type PartitionProcessorOptions } from './partition-processor.ts';
import type { Fetched, Source, SourceEvents } from './source.ts';

/** Hears what happens to an assignment. */
export interface AssignmentObserver {
  /** The group has a new assignment. Nothing from before may be committed any more. */
  assigned(partitions: readonly TopicPartition[]): void;
  /** The assignment is over because the cluster does not answer. The next one follows by itself. */
  interrupted(outage: ScorerError): void;
  /** The loop of the source did something. `answered`: a broker answered a fetch. */
  looped(answered: boolean): void;
  /** Records arrived, with the partition's end as it was then. */
  fetched(fetched: Fetched): void;
  /** An error that comes neither from a record nor from an outage. The service has to end. */
  failed(error: unknown): void;
}

/** What every partition processor of an assignment gets. */
type OfEach = Pick<
  PartitionProcessorOptions,
  'limits' | 'work' | 'now' | 'maxInFlightBatches' | 'maxBatchesPerDelivery' | 'maxRows'
>;

export interface AssignmentOptions extends OfEach {
  readonly source: Source;
  /** Commits what the partition processors have delivered. It is called when they have to end. */
  readonly flush: () => Promise<void>;
  readonly observer: AssignmentObserver;
  /** Longest time that a rejoin or a stop waits for the batches in flight. */
  readonly drainMs: number;
}

/**
 * How long a full partition processor may block the fetches from its broker. After that its
 * partition is paused.
 */
const PAUSE_AFTER_MS = 100;

/**
 * The partition processors of the current assignment, and what happens to them at the next
 * assignment.
 */
export class Assignment implements SourceEvents {
  readonly #options: AssignmentOptions;
  readonly #assignment = new Map<string, PartitionProcessor>();
  /** Partition processors of earlier assignments that still have writes in flight. */
  readonly #leaving = new Map<string, Promise<void>>();
  #stopping = false;

  constructor(options: AssignmentOptions) {
    this.#options = options;
  }

  assigned(partitions: readonly TopicPartition[]): void {
    this.#leaveAll();
    this.#options.observer.assigned(partitions);
    for (const partition of partitions) this.#open(partition);
  }

  interrupted(outage: ScorerError): void {
    this.#leaveAll();
    this.#options.observer.interrupted(outage);
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
    this.#options.observer.fetched(fetched);
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
    this.#options.observer.looped(answered);
  }

  async rejoining(): Promise<void> {
    await this.#drain();
  }

  crashed(error: Error): void {
    this.#options.observer.failed(error);
  }

  /** Finishes and commits the batches in flight, as far as time allows. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#drain();
    for (const processor of this.#assignment.values()) processor.abandon();
    await Promise.all([...this.#assignment.values()].map((processor) => processor.settled));
  }

  /** Ends everything at once. Nothing more is committed. */
  abandon(): void {
    this.#stopping = true;
    for (const processor of this.#assignment.values()) processor.abandon();
  }

  #open(partition: TopicPartition): void {
    const { limits, work, now, maxInFlightBatches, maxBatchesPerDelivery, maxRows, observer } =
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
        onFatal: (error) => {
          observer.failed(error);
        },
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { PartitionProcessor, type PartitionProcessorOptions } from './partition-processor.ts';
import type { Fetched, Source, SourceEvents } from './source.ts';

/** Who is told what becomes of an assignment. */
export interface AssignmentObserver {
  /** The group assigned anew: nothing from before may be committed any more. */
  assigned(partitions: readonly TopicPartition[]): void;
  /** The assignment is over because the cluster is away; the next one follows by itself. */
  interrupted(outage: ScorerError): void;
  /** The source's loop did something; `answered`: a broker answered a fetch. */
  looped(answered: boolean): void;
  /** Records arrived, with the partition's end as it was then. */
  fetched(fetched: Fetched): void;
  /** An error that is neither a record's nor an outage's: the service has to end. */
  failed(error: unknown): void;
}

/** What every partition processor of an assignment is given alike. */
type OfEach = Pick<
  PartitionProcessorOptions,
  'limits' | 'work' | 'now' | 'maxInFlightBatches' | 'maxBatchesPerDelivery' | 'maxRows'
>;

export interface AssignmentOptions extends OfEach {
  readonly source: Source;
  /** Commits what the partition processors have delivered; called when they have to end. */
  readonly flush: () => Promise<void>;
  readonly observer: AssignmentObserver;
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

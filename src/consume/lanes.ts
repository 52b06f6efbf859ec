import { setTimeout as sleep } from 'node:timers/promises';
import type { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { BatchLimits } from './batch-policy.ts';
import { Lane, type LaneWork } from './lane.ts';
import type { Fetched, Source, SourceEvents } from './source.ts';

export interface LanesOptions {
  readonly source: Source;
  readonly limits: BatchLimits;
  readonly work: LaneWork;
  readonly now: () => number;
  /** Batches of one partition that may be scored before the first of them is written. */
  readonly ahead: number;
  /** Most of them that are delivered together. */
  readonly together: number;
  /** Most records of the next batch of any partition. */
  readonly size: () => number;
  /** Commits what the lanes have delivered; called when they have to end. */
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
 * How long a full lane may hold up the fetches of its broker before its partition is paused
 * instead.
 */
const PAUSE_AFTER_MS = 100;

/** The lanes of the current assignment, and what happens to them when the group assigns anew. */
export class Lanes implements SourceEvents {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes of earlier assignments that still have writes in flight. */
  readonly #leaving = new Map<string, Promise<void>>();
  #stopping = false;

  constructor(options: LanesOptions) {
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
    for (const [key, lane] of this.#lanes) {
      lane.abandon();
      const leaving = lane.settled.finally(() => {
        if (this.#leaving.get(key) === leaving) this.#leaving.delete(key);
      });
      this.#leaving.set(key, leaving);
    }
    this.#lanes.clear();
  }

  async fetched(fetched: Fetched): Promise<void> {
    const lane = this.#lanes.get(keyOf(fetched));
    if (lane === undefined || this.#stopping) return;
    this.#options.onFetched(fetched);
    lane.push(fetched);
    if (lane.hasRoom) return;
    if (await happensWithin(lane.room(), PAUSE_AFTER_MS)) return;
    if (this.#lanes.get(keyOf(fetched)) !== lane) return;
    const { source } = this.#options;
    source.pause(fetched);
    void lane.room().then(() => {
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
    for (const lane of this.#lanes.values()) lane.abandon();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.settled));
  }

  /** Ends everything at once; nothing more is committed. */
  abandon(): void {
    this.#stopping = true;
    for (const lane of this.#lanes.values()) lane.abandon();
  }

  #open(partition: TopicPartition): void {
    const { limits, work, now, ahead, together, size, onFatal } = this.#options;
    const key = keyOf(partition);
    const after = this.#leaving.get(key) ?? Promise.resolve();
    this.#lanes.set(
      key,
      new Lane({ partition, limits, work, now, ahead, together, size, after, onFatal }),
    );
  }

  async #drain(): Promise<void> {
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.stop();
    await happensWithin(Promise.all(lanes.map((lane) => lane.settled)), this.#options.drainMs);
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

import type { TopicPartition } from '../flow/batch.ts';
import { timeOf, type InputRecord } from '../flow/record.ts';
import type { Metrics } from './metrics.ts';
import type { Backlog } from './progress.ts';

interface Position {
  readonly at: TopicPartition;
  end: bigint;
  /** Everything before this offset is done. */
  done: bigint;
  /** Fetches with records that are not done, in offset order. */
  waiting: (readonly InputRecord[])[];
  /**
   * When it was first seen that records wait but cannot be fetched (after an open transaction), ms
   * since the epoch.
   */
  unseenSince: number | undefined;
  /**
   * When records began to wait, or when the last of them was done since then; ms of a monotonic
   * clock.
   */
  movedAt: number;
}

/**
 * How far behind each assigned partition is, in records and in seconds. It is computed on request,
 * so it grows while nothing moves.
 */
export class Lag {
  readonly #metrics: Metrics;
  readonly #positions = new Map<string, Position>();
  readonly #now: () => number;
  readonly #clock: () => number;
  /** When anything was done. */
  #doneAt = 0;

  /**
   * `now`: ms since the epoch, like the timestamps of records. `clock`: ms of a monotonic clock.
   */
  constructor(metrics: Metrics, now: () => number, clock: () => number = () => performance.now()) {
    this.#metrics = metrics;
    this.#now = now;
    this.#clock = clock;
    metrics.onCollect(() => {
      this.#show();
    });
  }

  assigned(partitions: readonly TopicPartition[]): void {
    this.#positions.clear();
    this.#doneAt = this.#clock();
    this.#metrics.lagRecords.reset();
    this.#metrics.lagSeconds.reset();
    this.#metrics.assignedPartitions.set(partitions.length);
    if (partitions.length > 0) this.#metrics.rebalances.inc();
    for (const { topic, partition } of partitions) {
      const at = { topic, partition };
      this.#positions.set(keyOf(at), {
        at,
        end: -1n,
        done: -1n,
        waiting: [],
        unseenSince: undefined,
        movedAt: 0,
      });
    }
  }

  /** A fetch with its records, and the end of the partition at that time. */
  fetched(at: TopicPartition, records: readonly InputRecord[], end: bigint): void {
    const first = records[0];
    if (first === undefined) return;
    const position = this.#seen(at, BigInt(first.offset), end);
    if (position === undefined) return;
    if (position.waiting.length === 0) position.movedAt = this.#clock();
    position.waiting.push(records);
  }

  /** The end of the partition, if everything before `from` has been fetched. */
  ended(at: TopicPartition, from: bigint, end: bigint): void {
    this.#seen(at, from, end);
  }

  /** Everything before `offset` is done. */
  done(at: TopicPartition, offset: bigint): void {
    const position = this.#positions.get(keyOf(at));
    if (position === undefined || position.done >= offset) return;
    position.done = offset;
    this.#doneAt = position.movedAt = this.#clock();
    const { waiting } = position;
    const over = waiting.findIndex((records) => BigInt(records.at(-1)!.offset) >= offset);
    waiting.splice(0, over === -1 ? waiting.length : over);
    this.#markUnseen(position);
  }

  /** Records that were fetched and are not done, or undefined if there are none. */
  backlog(): Backlog | undefined {
    let longest: Position | undefined;
    for (const position of this.#positions.values()) {
      if (position.waiting.length > 0 && position.movedAt < (longest?.movedAt ?? Infinity))
        longest = position;
    }
    if (longest === undefined) return undefined;
    const placeMs = this.#clock() - longest.movedAt;
    return {
      quietMs: Math.min(placeMs, this.#clock() - this.#doneAt),
      place: keyOf(longest.at),
      placeMs,
    };
  }

  #seen(at: TopicPartition, from: bigint, end: bigint): Position | undefined {
    const position = this.#positions.get(keyOf(at));
    if (position === undefined) return undefined;
    if (position.done === -1n) position.done = from;
    if (end > position.end) position.end = end;
    this.#markUnseen(position);
    return position;
  }

  #markUnseen(position: Position): void {
    const behind = position.end > position.done && position.waiting.length === 0;
    position.unseenSince = behind ? (position.unseenSince ?? this.#now()) : undefined;
  }

  #show(): void {
    const now = this.#now();
    for (const position of this.#positions.values()) {
      if (position.done === -1n) continue; // nothing was fetched yet
      const { at, end, done } = position;
      const labels = { topic: at.topic, partition: String(at.partition) };
      const behind = Math.max(0, Number(end - done));
      this.#metrics.lagRecords.set(labels, behind);
      this.#metrics.lagSeconds.set(
        labels,
        behind === 0 ? 0 : Math.max(0, now - oldestOf(position, now)) / 1000,
      );
    }
  }
}

/** Timestamp of the first record that waits, ms since the epoch. */
function oldestOf({ waiting, done, unseenSince }: Position, now: number): number {
  const records = waiting[0];
  if (records === undefined) return unseenSince ?? now;
  const first = records.find(({ offset }) => BigInt(offset) >= done) ?? records[0]!;
  const time = timeOf(first);
  return time === undefined || time < 0 ? now : time; // no producer has a time before 1970
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

import type { Batch, CloseReason, TopicPartition } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { InputRecord } from '../flow/record.ts';
import { isAbortOf } from '../runtime/abort.ts';
import { closeBatch, type BatchLimits } from './batch-policy.ts';
import type { PartitionWork } from './partition-work.ts';
import { RecordQueue } from './queue.ts';
import type { Fetched } from './source.ts';

export interface PartitionProcessorOptions {
  readonly partition: TopicPartition;
  readonly limits: BatchLimits;
  readonly work: PartitionWork;
  readonly now: () => number;
  /**
   * How many batches may be scored before the first of them is written: 1, or more if scoring runs
   * in workers.
   */
  readonly maxInFlightBatches: number;
  /**
   * How many scored batches may be delivered together: 1, or more if a delivery needs many round
   * trips.
   */
  readonly maxBatchesPerDelivery: number;
  /** Most records of the next batch, at most `limits.maxSize`: fewer if the model is slow. */
  readonly maxRows: () => number;
  /** The partition processor that had this partition before. Its writes in flight come first. */
  readonly after: Promise<void>;
  /** An error that comes neither from a record nor from an outage. The service has to end. */
  readonly onFatal: (error: unknown) => void;
}

/** A batch on its way: handed over for scoring, not yet for writing. */
interface Waiting {
  readonly scored: Promise<Outcome | undefined>;
  readonly nextOffset: bigint;
  /** Set once it is scored; null if there is nothing to write. */
  outcome?: Outcome | null;
}

/**
 * A partition processor accepts more records while it holds fewer batches and fewer bytes than
 * this.
 */
const FULL_BATCHES = 4;
const FULL_BYTES = 4 << 20;

/**
 * One assigned partition from one assignment of the group: a queue of fetched records, and a loop
 * that scores and delivers them batch by batch, in order. A partition processor never outlives its
 * assignment: after a rebalance, even a partition that stayed gets a new one, which starts at the
 * committed offset.
 */
export class PartitionProcessor {
  readonly partition: TopicPartition;
  /** Resolves when nothing of this partition processor is in flight any more. */
  readonly settled: Promise<void>;
  readonly #options: PartitionProcessorOptions;
  readonly #queue = new RecordQueue();
  readonly #abort = new AbortController();
  /**
   * Everything before this offset is already done; undefined once the partition processor is past
   * it.
   */
  #from: bigint | undefined;
  #delivering = false;
  /** Batches that are being scored. */
  #scoring = 0;
  /** Batches whose writing has not begun, in offset order. */
  readonly #waiting: Waiting[] = [];
  #stopping = false;
  #wake: (() => void) | undefined;
  /** Resolves when a batch is scored, or no more will be. */
  #progress: PromiseWithResolvers<unknown> | undefined;
  #capacity: PromiseWithResolvers<unknown> | undefined;

  constructor(options: PartitionProcessorOptions) {
    this.#options = options;
    this.partition = options.partition;
    this.settled = this.#run().catch((error: unknown) => {
      this.abandon();
      if (!isAbortOf(this.#abort.signal, error)) options.onFatal(error);
    });
  }

  get queued(): number {
    return this.#queue.size;
  }

  get hasCapacity(): boolean {
    return (
      this.#queue.size < FULL_BATCHES * this.#options.limits.maxSize &&
      this.#queue.bytes < FULL_BYTES
    );
  }

  push(fetched: Fetched): void {
    if (this.#stopping || this.#abort.signal.aborted) return;
    this.#queue.push(fetched, this.#options.now());
    this.#wake?.();
  }

  /** Resolves when the partition processor has capacity, or will never need any. */
  capacity(): Promise<unknown> {
    if (this.hasCapacity || this.#stopping || this.#abort.signal.aborted) return Promise.resolve();
    this.#capacity ??= Promise.withResolvers<unknown>();
    return this.#capacity.promise;
  }

  /**
   * Accepts no more records. The batches in flight and one last batch are finished; the rest of the
   * queue is dropped uncommitted.
   */
  stop(): void {
    this.#stopping = true;
    this.#progressed();
    this.#wake?.();
    this.#releaseCapacity();
  }

  /** Gives up: everything in flight is void and commits nothing. */
  abandon(): void {
    this.#abort.abort();
    this.#queue.clear();
    this.stop();
  }

  async #run(): Promise<void> {
    const { work, after, partition } = this.#options;
    const { signal } = this.#abort;
    await after;
    let delivered: Promise<void> = Promise.resolve();
    const scored: Promise<unknown>[] = [];
    try {
      this.#from = await work.open?.(partition, signal);
      for (let batch = await this.#next(); batch !== undefined; batch = await this.#next()) {
        const waiting = this.#score(batch);
        scored.push(waiting.scored.catch(() => undefined));
        // it is already being written
        if (scored.length > this.#options.maxInFlightBatches) void scored.shift();
        delivered = delivered.then(() => this.#deliver(waiting));
        delivered.catch(() => undefined); // it is awaited below, but perhaps only later
      }
    } finally {
      // oxlint-disable-next-line typescript/no-misused-promises -- `finally` waits for a promise
      await delivered.finally(() => Promise.all(scored)).finally(() => work.close?.(partition));
    }
  }

  #score(batch: Batch & { readonly nextOffset: bigint }): Waiting {
    const nothing = batch.records.length === 0;
    const scored = nothing
      ? Promise.resolve(undefined)
      : this.#options.work.score(batch, this.#abort.signal);
    this.#scoring++;
    const done = scored
      .then((outcome) => {
        waiting.outcome = outcome ?? null;
        return outcome;
      })
      .finally(() => {
        this.#scoring--;
        this.#progressed();
        this.#wake?.();
      });
    const waiting: Waiting = { scored: done, nextOffset: batch.nextOffset };
    this.#waiting.push(waiting);
    return waiting;
  }

  /**
   * Writes a batch once it is scored, together with the following ones that are scored. After a
   * failure none of the later ones is written.
   */
  async #deliver(first: Waiting): Promise<void> {
    const { work, partition } = this.#options;
    const { signal } = this.#abort;
    if (this.#waiting[0] !== first) return; // it was written together with an earlier one
    try {
      await first.scored;
      await this.#gathered();
      signal.throwIfAborted();
      const group = this.#takeScored();
      const { nextOffset } = group.at(-1)!;
      const outcomes = group.flatMap(({ outcome }) => outcome ?? []);
      this.#delivering = true;
      this.#wake?.();
      if (outcomes.length === 0) await work.skipTo(partition, nextOffset, signal);
      else await work.deliver(outcomes, nextOffset, signal);
    } catch (error) {
      this.abandon();
      throw error;
    } finally {
      this.#delivering = false;
      this.#wake?.();
    }
  }

  /**
   * Resolves when enough batches are scored to go together, or when no further batch is full, so
   * waiting gains nothing.
   */
  async #gathered(): Promise<void> {
    const { maxBatchesPerDelivery, maxRows } = this.#options;
    while (!this.#stopping && this.#queue.size >= maxRows()) {
      if (
        this.#waiting.filter(({ outcome }) => outcome !== undefined).length >= maxBatchesPerDelivery
      )
        return;
      this.#progress ??= Promise.withResolvers<unknown>();
      await this.#progress.promise;
    }
  }

  #progressed(): void {
    this.#progress?.resolve(undefined);
    this.#progress = undefined;
  }

  /** The first batches that wait to be written and are scored. */
  #takeScored(): Waiting[] {
    const { maxBatchesPerDelivery } = this.#options;
    const end = this.#waiting.findIndex(
      ({ outcome }, i) => outcome === undefined || i === maxBatchesPerDelivery,
    );
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  /** The next batch when the policy closes one, or undefined when the partition processor ends. */
  async #next(): Promise<(Batch & { readonly nextOffset: bigint }) | undefined> {
    const { limits, now, maxInFlightBatches, maxRows } = this.#options;
    for (;;) {
      const { size: queued, oldestAt } = this.#queue;
      const onlyGaps = queued === 0 && oldestAt !== Infinity;
      if (this.#stopping && queued === 0) return undefined;
      if (this.#waiting.length >= maxInFlightBatches) {
        await this.#sleep(Infinity);
        continue;
      }
      const [scoring, delivering, stopping] = [this.#scoring > 0, this.#delivering, this.#stopping];
      const decision = closeBatch(
        { queued, oldestAt, scoring, delivering, stopping },
        { ...limits, maxSize: maxRows() },
        now(),
      );
      if ('close' in decision) return this.#take(decision.close);
      if (onlyGaps) return this.#take('end'); // a fetch without records still moves the offset on
      await this.#sleep(decision.waitMs);
    }
  }

  #take(closedBy: CloseReason): (Batch & { readonly nextOffset: bigint }) | undefined {
    const taken = this.#queue.take(this.#options.maxRows());
    if (this.#stopping) this.#queue.clear();
    if (this.hasCapacity) this.#releaseCapacity();
    if (taken === undefined) return undefined;
    return { ...this.partition, ...taken, records: this.#withoutDone(taken.records), closedBy };
  }

  #withoutDone(records: readonly InputRecord[]): readonly InputRecord[] {
    const from = this.#from;
    if (from === undefined) return records;
    const first = records.findIndex(({ offset }) => BigInt(offset) >= from);
    if (first !== -1) this.#from = undefined;
    return first === -1 ? [] : records.slice(first);
  }

  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
    this.#wake = () => {
      resolve(undefined);
    };
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #releaseCapacity(): void {
    this.#capacity?.resolve(undefined);
    this.#capacity = undefined;
  }
}

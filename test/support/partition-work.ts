import type { PartitionWork } from '../../src/consume/partition-work.ts';
import type { Batch, CloseReason } from '../../src/flow/batch.ts';
import type { Outcome } from '../../src/flow/outcome.ts';
import { offsetsOf, outcomeOf } from './given-records.ts';

/** One call that has begun and ends when the test says so. */
export interface Held {
  readonly offsets: readonly number[];
  readonly closedBy: CloseReason;
  readonly signal: AbortSignal;
  done(): void;
  fail(error: Error): void;
}

/**
 * What a partition processor asks for, written down; scoring and delivering end at once, or when
 * the test says so.
 */
export class RecordedWork implements PartitionWork {
  readonly scoring: Held[] = [];
  readonly delivering: Held[] = [];
  /** Offsets in the order in which their delivery ended. */
  readonly delivered: number[] = [];
  /** Where the offset of a partition may move, in the order in which it was said. */
  readonly moves: bigint[] = [];
  readonly #holds: { readonly score: boolean; readonly deliver: boolean };

  constructor({ score = false, deliver = false } = {}) {
    this.#holds = { score, deliver };
  }

  async score(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    await this.#hold(this.scoring, batch, signal, this.#holds.score);
    return outcomeOf(batch);
  }

  async deliver(
    outcomes: readonly Outcome[],
    nextOffset: bigint,
    signal: AbortSignal,
  ): Promise<void> {
    const records = outcomes.flatMap(({ batch }) => batch.records);
    await this.#hold(
      this.delivering,
      { ...outcomes[0]!.batch, records },
      signal,
      this.#holds.deliver,
    );
    if (signal.aborted) return;
    this.delivered.push(...offsetsOf(records));
    this.moves.push(nextOffset);
  }

  skipTo(_partition: unknown, nextOffset: bigint): void {
    this.moves.push(nextOffset);
  }

  async #hold(calls: Held[], batch: Batch, signal: AbortSignal, wait: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    calls.push({
      offsets: offsetsOf(batch.records),
      closedBy: batch.closedBy,
      signal,
      done: () => {
        resolve(undefined);
      },
      fail: reject,
    });
    if (wait) await promise;
  }
}

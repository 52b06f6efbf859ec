import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';

export interface OffsetToCommit extends TopicPartition {
  readonly offset: bigint;
}

export interface CommitterOptions {
  /**
   * Returns false if the group no longer accepts commits from this member. Throws with the fate
   * `retry`.
   */
  readonly commit: (offsets: readonly OffsetToCommit[]) => Promise<boolean>;
  /** Shortest time between commits. Each costs a round trip and a write on the broker. */
  readonly intervalMs: number;
  readonly onFatal: (error: unknown) => void;
  readonly onCommitted: (offsets: readonly OffsetToCommit[], seconds: number) => void;
  /** After this time without a commit, the last offsets are committed again, in ms. */
  readonly repeatMs?: number;
}

/** Short enough to correct the effect of a late commit soon, long enough to cost almost nothing. */
const REPEAT_MS = 10_000;

/**
 * Commits the offsets of all partitions together, at most every `intervalMs`, always the newest of
 * each. It only holds offsets whose outputs are acknowledged. If it loses them, no record is lost:
 * the records are scored again. A commit that was abandoned because its connection broke can still
 * arrive, and it sets the group back to an old offset. While records flow, the next commit corrects
 * that. While nothing moves, the last offsets are committed again every ten seconds.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #waiting = new Map<string, OffsetToCommit>();
  /** What this assignment has committed. */
  readonly #committed = new Map<string, OffsetToCommit>();
  #repeat: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  /**
   * Counts the resets. A commit that was in flight during a reset must not bring its offsets back.
   */
  #epoch = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** The output of everything before `offset` is acknowledged. */
  advance(partition: TopicPartition, offset: bigint): void {
    this.#waiting.set(keyOf(partition), {
      topic: partition.topic,
      partition: partition.partition,
      offset,
    });
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs);
  }

  /**
   * Commits what is waiting, now. Resolves when it is committed, or when the group has moved on.
   */
  flush(): Promise<void> {
    this.#running = this.#running.then(() => this.#flush());
    return this.#running;
  }

  /** Drops the offsets that are waiting: their assignment is over. */
  reset(): void {
    this.#epoch++;
    this.#waiting.clear();
    this.#forget();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const offsets = [...this.#waiting.values()];
    if (offsets.length === 0) return;
    this.#waiting.clear();
    const started = performance.now();
    const epoch = this.#epoch;
    try {
      if (await this.#options.commit(offsets)) {
        if (epoch === this.#epoch) this.#remember(offsets);
        this.#options.onCommitted(offsets, (performance.now() - started) / 1000);
      } else if (epoch === this.#epoch) this.#forget(); // the group would not accept older offsets either
    } catch (error) {
      if (!(error instanceof ScorerError) || error.fate !== 'retry') {
        this.#options.onFatal(error);
        return;
      }
      if (epoch !== this.#epoch) return;
      for (const entry of offsets) this.#putBack(entry);
      this.#timer ??= setTimeout(() => void this.flush(), Math.max(this.#options.intervalMs, 1000));
    }
  }

  #forget(): void {
    this.#committed.clear();
    clearTimeout(this.#repeat);
  }

  #remember(offsets: readonly OffsetToCommit[]): void {
    for (const entry of offsets) this.#committed.set(keyOf(entry), entry);
    clearTimeout(this.#repeat);
    // waits for the commit in flight, which may have newer offsets
    const again = (): void => {
      this.#running = this.#running.then(() => {
        for (const entry of this.#committed.values()) this.#putBack(entry);
        return this.#flush();
      });
    };
    this.#repeat = setTimeout(again, this.#options.repeatMs ?? REPEAT_MS).unref();
  }

  /** Unless a newer offset of the partition has arrived meanwhile. */
  #putBack(entry: OffsetToCommit): void {
    const key = keyOf(entry);
    if (!this.#waiting.has(key)) this.#waiting.set(key, entry);
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

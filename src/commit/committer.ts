import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';

export interface OffsetToCommit extends TopicPartition {
  readonly offset: bigint;
}

export interface CommitterOptions {
  /** Answers false where the group does not take the commit from this member any more. Throws with the fate `retry`. */
  readonly commit: (offsets: readonly OffsetToCommit[]) => Promise<boolean>;
  /** Commits happen at most this often; they cost a round trip and a write on the broker each. */
  readonly intervalMs: number;
  readonly onFatal: (error: unknown) => void;
  readonly onCommitted: (offsets: readonly OffsetToCommit[], seconds: number) => void;
}

/**
 * Commits the offsets of all partitions together, at most every `intervalMs`, always the newest of each. It only ever
 * holds offsets whose outputs are acknowledged, so that losing it loses nothing: those records are scored again.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #waiting = new Map<string, OffsetToCommit>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Counts the resets, so that a commit that was under way during one does not bring its offsets back. */
  #epoch = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** The output of everything before `offset` is acknowledged. */
  advance(partition: TopicPartition, offset: bigint): void {
    this.#waiting.set(`${partition.topic}-${partition.partition}`, {
      topic: partition.topic,
      partition: partition.partition,
      offset,
    });
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs);
  }

  /** Commits what is waiting, now. Resolves when it is committed, or the group has moved on. */
  flush(): Promise<void> {
    this.#running = this.#running.then(() => this.#flush());
    return this.#running;
  }

  /** Forgets what is waiting: the assignment it belonged to is over. */
  reset(): void {
    this.#epoch++;
    this.#waiting.clear();
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
        this.#options.onCommitted(offsets, (performance.now() - started) / 1000);
      }
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

  /** Unless a newer offset of the partition has come meanwhile. */
  #putBack(entry: OffsetToCommit): void {
    const key = `${entry.topic}-${entry.partition}`;
    if (!this.#waiting.has(key)) this.#waiting.set(key, entry);
  }
}

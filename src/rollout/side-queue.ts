/** What a queue may hold, the items in progress included. */
export interface SideLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Items that are worked on together. */
export interface Rounds<Item> {
  /** How many rows a round may have now. One item is always a round. */
  readonly rows: () => number;
  /** How long an item waits for others, in ms, unless there are enough for a round before. */
  readonly waitMs: number;
  /** Must not reject. */
  readonly work: (items: readonly Item[]) => Promise<void>;
}

interface Entry<Item> {
  readonly item: Item;
  readonly rows: number;
  readonly bytes: number;
  /** When it waits no longer for others. */
  readonly until: number;
}

/**
 * A queue for work beside the stream. It never makes anybody wait: an item that does not fit is not
 * taken. Items are worked on in their order, one round after the other. A round has all items that
 * wait, as far as they fit. Nobody waits for the work, so a few items wait a while for others: one
 * large round costs less than many small ones.
 */
export class SideQueue<Item> {
  readonly #limits: SideLimits;
  readonly #rounds: Rounds<Item>;
  #entries: Entry<Item>[] = [];
  #rows = 0;
  #bytes = 0;
  /** Rows that nobody works on yet. */
  #waiting = 0;
  #begin: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(limits: SideLimits, rounds: Rounds<Item>) {
    this.#limits = limits;
    this.#rounds = rounds;
  }

  /** Whether an item would be taken now. */
  hasRoom(rows: number, bytes: number): boolean {
    const { maxRows, maxBytes } = this.#limits;
    return !this.#closed && this.#rows + rows <= maxRows && this.#bytes + bytes <= maxBytes;
  }

  /** Whether the item was taken. */
  offer(item: Item, rows: number, bytes: number): boolean {
    if (!this.hasRoom(rows, bytes)) return false;
    this.#rows += rows;
    this.#bytes += bytes;
    this.#waiting += rows;
    this.#entries.push({ item, rows, bytes, until: performance.now() + this.#rounds.waitMs });
    if (this.#waiting >= this.#rounds.rows()) this.#begin?.();
    this.#working ??= this.#run();
    return true;
  }

  /**
   * Takes nothing more. A round that only waits for more items is worked on. Resolves when that, or
   * the round in progress, is done, with the items that nobody worked on.
   */
  async close(): Promise<readonly Item[]> {
    this.#closed = true;
    this.#begin?.();
    await this.#working;
    const left = this.#entries.map(({ item }) => item);
    this.#entries = [];
    return left;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // not within the call that offers the item
    do {
      await this.#complete();
      const round = this.#next();
      await this.#rounds.work(round.map(({ item }) => item));
      for (const { rows, bytes } of round) {
        this.#rows -= rows;
        this.#bytes -= bytes;
      }
    } while (this.#entries.length > 0 && !this.#closed);
    this.#working = undefined;
  }

  /** Resolves when the items that wait are enough, or the first one has waited long enough. */
  async #complete(): Promise<void> {
    const left = this.#entries[0]!.until - performance.now();
    if (this.#closed || left <= 0 || this.#waiting >= this.#rounds.rows()) return;
    const begun = Promise.withResolvers<undefined>();
    this.#begin = () => {
      begun.resolve(undefined);
    };
    const timer = setTimeout(this.#begin, left);
    await begun.promise;
    clearTimeout(timer);
    this.#begin = undefined;
  }

  #next(): Entry<Item>[] {
    const most = this.#rounds.rows();
    let [count, rows] = [0, 0];
    for (const entry of this.#entries) {
      if (count > 0 && rows + entry.rows > most) break;
      rows += entry.rows;
      count++;
    }
    this.#waiting -= rows;
    return this.#entries.splice(0, count);
  }
}

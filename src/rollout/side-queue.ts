/** What a queue may hold, the item in progress included. */
export interface SideLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

interface Entry<Item> {
  readonly item: Item;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * A queue for work beside the stream. It never makes anybody wait: an item that does not fit is not
 * taken. Items are worked on one after the other. Work must not reject.
 */
export class SideQueue<Item> {
  readonly #limits: SideLimits;
  readonly #work: (item: Item) => Promise<void>;
  #entries: Entry<Item>[] = [];
  #rows = 0;
  #bytes = 0;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(limits: SideLimits, work: (item: Item) => Promise<void>) {
    this.#limits = limits;
    this.#work = work;
  }

  /** Whether the item was taken. */
  offer(item: Item, rows: number, bytes: number): boolean {
    const { maxRows, maxBytes } = this.#limits;
    if (this.#closed || this.#rows + rows > maxRows || this.#bytes + bytes > maxBytes) return false;
    this.#rows += rows;
    this.#bytes += bytes;
    this.#entries.push({ item, rows, bytes });
    this.#working ??= this.#run();
    return true;
  }

  /**
   * Takes nothing more. Resolves with the items that nobody worked on, when the one in progress is
   * done.
   */
  async close(): Promise<readonly Item[]> {
    this.#closed = true;
    const left = this.#entries.map(({ item }) => item);
    this.#entries = [];
    await this.#working;
    return left;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // not within the call that offers the item
    for (let next = this.#entries.shift(); next !== undefined; next = this.#entries.shift()) {
      await this.#work(next.item);
      this.#rows -= next.rows;
      this.#bytes -= next.bytes;
    }
    this.#working = undefined;
  }
}

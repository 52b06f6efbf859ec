/**
 * Amounts of one customer, or frauds at one terminal, in the order of arrival. Old entries are
 * dropped.
 */
interface Entry {
  readonly at: number;
  readonly value: number;
}

export interface WindowSum {
  readonly count: number;
  readonly sum: number;
}

const DAY_MS = 86_400_000;
const WINDOW_DAYS = [1, 7, 30] as const;

/**
 * Counts and sums over the windows (t - delay - w, t - delay] for w of 1, 7 and 30 days. Times
 * never go back. Each window keeps its own ends, so an entry is added and removed once per window.
 */
export class Windows {
  readonly #delayMs: number;
  #entries: Entry[] = [];
  /** Entries before this index are in no window any more. */
  #dropped = 0;
  /** By window: first entry inside, first entry not yet inside, and the sum between. */
  readonly #from = [0, 0, 0];
  readonly #to = [0, 0, 0];
  readonly #sums = [0, 0, 0];

  constructor(delayDays = 0) {
    this.#delayMs = delayDays * DAY_MS;
  }

  add(at: number, value: number): void {
    this.#entries.push({ at, value });
  }

  /** The sums of the three windows at a time. */
  at(now: number): readonly [WindowSum, WindowSum, WindowSum] {
    const end = now - this.#delayMs;
    const sums = WINDOW_DAYS.map((days, w) => this.#move(w, end - days * DAY_MS, end));
    this.#forget();
    return sums as unknown as [WindowSum, WindowSum, WindowSum];
  }

  #move(w: number, start: number, end: number): WindowSum {
    const get = (index: number): Entry | undefined => this.#entries[index - this.#dropped];
    for (
      let entry = get(this.#to[w]!);
      entry !== undefined && entry.at <= end;
      entry = get(++this.#to[w]!)
    ) {
      this.#sums[w]! += entry.value;
    }
    for (
      let entry = get(this.#from[w]!);
      this.#from[w]! < this.#to[w]! && entry!.at <= start;
      entry = get(++this.#from[w]!)
    ) {
      this.#sums[w]! -= entry!.value;
    }
    const count = this.#to[w]! - this.#from[w]!;
    // Additions and subtractions leave rounding errors; an empty window is exactly zero.
    if (count === 0) this.#sums[w] = 0;
    return { count, sum: this.#sums[w]! };
  }

  #forget(): void {
    const free = this.#from[2]! - this.#dropped;
    if (free < 1000) return;
    this.#entries = this.#entries.slice(free);
    this.#dropped += free;
  }
}

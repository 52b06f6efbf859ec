import { createHash } from 'node:crypto';
import { describePlace, type Place } from './place.ts';

/** A value that was taken, with those of further records of the same event. */
export interface Taken<T> {
  readonly value: T;
  readonly copies: readonly T[];
}

interface Kept<T> {
  readonly hash: string;
  readonly value: T;
  readonly copies: T[];
}

/**
 * Takes so many of the events that it is shown records of, each with the same probability, by the
 * hash of the place of the events. So the same range and seed always give the same sample, in
 * whatever order and however often records come. Memory is limited by the size of the sample, and
 * by how often an event was scored.
 */
export class Sample<T> {
  readonly #size: number;
  readonly #seed: string;
  readonly #kept = new Map<string, Kept<T>>();
  /** Beyond this hash nothing is taken. */
  #limit = '';
  #seen = 0;

  constructor(size: number, seed: number) {
    this.#size = size;
    this.#seed = String(seed);
  }

  /** How many records were shown, copies included. */
  get seen(): number {
    return this.#seen;
  }

  /** `value` is called only if the event is taken. The first record counts, further ones are copies. */
  offer(source: Place, value: () => T): void {
    this.#seen++;
    const key = describePlace(source);
    const hash = createHash('sha256').update(`${this.#seed} ${key}`).digest('hex');
    const full = this.#kept.size >= this.#size;
    const known = this.#kept.get(key);
    known?.copies.push(value());
    if (known !== undefined || (full && hash >= this.#limit)) return;
    this.#kept.set(key, { hash, value: value(), copies: [] });
    // Removed in larger steps, so that a record costs little.
    if (this.#kept.size >= 2 * this.#size) this.#shrink();
    else if (!full && this.#kept.size === this.#size) this.#limit = this.#largest();
  }

  /** Those that were taken, in the order of their hashes. */
  taken(): readonly Taken<T>[] {
    this.#shrink();
    return this.#inOrder().map(([, taken]) => taken);
  }

  #shrink(): void {
    for (const [key] of this.#inOrder().slice(this.#size)) this.#kept.delete(key);
    if (this.#kept.size >= this.#size) this.#limit = this.#largest();
  }

  #inOrder(): [string, Kept<T>][] {
    return [...this.#kept].sort(([, a], [, b]) => (a.hash < b.hash ? -1 : 1));
  }

  #largest(): string {
    return this.#inOrder().at(-1)?.[1].hash ?? '';
  }
}

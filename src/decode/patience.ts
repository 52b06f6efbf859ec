import type { SchemaKey } from './registry.ts';

/** Ids that are waited for at a time. More of them are no replica that lags: they are made up. */
export const MOST_WAITING = 16;
/** Of the time, once the first two windows are used up. */
const SHARE = 0.05;

/**
 * How long ids that the registry does not know are asked for again while their records wait. Each has a window of its own,
 * but all together hold a topic up for two windows at once at most, and for a twentieth of the time from then on. An id that
 * turns up gives everything back: waiting was right.
 */
export class Patience {
  readonly #windowMs: number;
  readonly #waiting = new Map<SchemaKey, number>();
  #credit: number;
  #creditAt = -Infinity;
  /** Until then waiting is paid for: windows that overlap are paid once. */
  #paidUntil = -Infinity;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#credit = 2 * windowMs;
  }

  /** Whether an id is asked for again that the registry does not know now. */
  waits(key: SchemaKey, now: number): boolean {
    let until = this.#waiting.get(key);
    if (until === undefined) {
      if (this.#waiting.size >= MOST_WAITING) this.#dropStale(now);
      if (this.#waiting.size >= MOST_WAITING) return false;
      until = this.#open(now);
      if (until > now) this.#waiting.set(key, until);
    }
    if (now < until) return true;
    this.#waiting.delete(key);
    return false;
  }

  /** An id is known. */
  found(key: SchemaKey, now: number): void {
    if (!this.#waiting.delete(key)) return;
    this.#credit = 2 * this.#windowMs;
    this.#creditAt = now;
    this.#paidUntil = Math.max(now, ...this.#waiting.values());
  }

  /** Records that waited for them went elsewhere. */
  #dropStale(now: number): void {
    for (const [key, until] of this.#waiting) {
      if (now > until + this.#windowMs) this.#waiting.delete(key);
    }
  }

  #open(now: number): number {
    if (this.#creditAt === -Infinity) this.#creditAt = now;
    this.#credit = Math.min(2 * this.#windowMs, this.#credit + SHARE * Math.max(0, now - this.#creditAt));
    this.#creditAt = now;
    const paid = Math.max(this.#paidUntil, now);
    const until = Math.min(now + this.#windowMs, paid + this.#credit);
    this.#credit -= Math.max(0, until - paid);
    this.#paidUntil = Math.max(paid, until);
    return until;
  }
}

import type { SchemaKey } from './registry.ts';

/** Ids that are waited for at a time. More of them are no replica that lags: they are made up. */
export const MAX_WAITING = 16;
/** Of the time, once the first two windows are used up. */
const SHARE = 0.05;
/** A shorter window is none: nothing turns up in it, and asking again takes longer. */
const MIN_MS = 1000;

interface Window {
  readonly until: number;
  /** Whether it was paid for from end to end. */
  readonly whole: boolean;
}

/**
 * How long ids that the registry does not know are asked for again while their records wait. Each
 * has a window of its own, but all together hold a partition up for two windows at once at most,
 * one where there are very many of them, and for a twentieth of the time from then on. An id that
 * turns up gives everything back: waiting was right.
 */
export class Patience {
  readonly #windowMs: number;
  readonly #waiting = new Map<SchemaKey, Window>();
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
    let until = this.#waiting.get(key)?.until;
    if (until === undefined) {
      if (this.#waiting.size >= MAX_WAITING) this.#dropStale(now);
      if (this.#waiting.size >= MAX_WAITING) {
        // They are made up: those that wait are waited for to their end, and no others after them.
        this.#credit = 0;
        this.#creditAt = Math.max(now, this.#paidUntil);
        return false;
      }
      until = this.#open(now);
      if (until > now) this.#waiting.set(key, { until, whole: until === now + this.#windowMs });
    }
    if (now < until) return true;
    this.#waiting.delete(key);
    return false;
  }

  /** Whether an id is waited for, and so was asked for before. */
  isWaiting(key: SchemaKey): boolean {
    return this.#waiting.has(key);
  }

  /** Whether an id is waited for as long as any. */
  waitsWhole(key: SchemaKey): boolean {
    return this.#windowMs === 0 || this.#waiting.get(key)?.whole === true;
  }

  /** An id is known. */
  found(key: SchemaKey, now: number): void {
    if (!this.#waiting.delete(key)) return;
    this.#credit = 2 * this.#windowMs;
    this.#creditAt = now;
    this.#paidUntil = Math.max(now, ...[...this.#waiting.values()].map(({ until }) => until));
  }

  /** Records that waited for them went elsewhere. */
  #dropStale(now: number): void {
    for (const [key, { until }] of this.#waiting) {
      if (now > until + this.#windowMs) this.#waiting.delete(key);
    }
  }

  #open(now: number): number {
    if (this.#creditAt === -Infinity) this.#creditAt = now;
    this.#credit = Math.min(
      2 * this.#windowMs,
      this.#credit + SHARE * Math.max(0, now - this.#creditAt),
    );
    this.#creditAt = now;
    const paid = Math.max(this.#paidUntil, now);
    const until = Math.min(now + this.#windowMs, paid + this.#credit);
    if (until - now < Math.min(MIN_MS, this.#windowMs)) return now;
    this.#credit -= Math.max(0, until - paid);
    this.#paidUntil = Math.max(paid, until);
    return until;
  }
}

/**
 * How long ids are asked for that turn out to be none: behind a slow registry each answer holds the
 * records up. Only what is answered with "there is no such schema" for the first time counts, by
 * the time that it took: ids that are one cost nothing, and those that are waited for have paid
 * already. Once `limitMs` are used up, a twentieth of the time is left for it.
 */
export class Effort {
  readonly #limitMs: number;
  #spentMs = 0;
  /** Batches that ask at this moment: their time counts once. */
  #asking = 0;
  /** Time before is accounted for. */
  #at = -Infinity;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  begin(now: number): void {
    if (this.#asking === 0) {
      const passed = this.#at === -Infinity ? 0 : Math.max(0, now - this.#at);
      this.#spentMs = Math.max(0, this.#spentMs - SHARE * passed);
      this.#at = now;
    }
    this.#asking++;
  }

  end(now: number): void {
    this.#asking--;
    if (this.#asking === 0) this.#at = now;
  }

  /** An answer, or none: the time since the one before is its own. */
  answered(now: number, fruitless: boolean): void {
    // What is beyond the limit need not be made up for: one answer may have taken long.
    if (fruitless)
      this.#spentMs = Math.min(this.#spentMs + Math.max(0, now - this.#at), this.#limitMs);
    this.#at = now;
  }

  get isUsedUp(): boolean {
    return this.#spentMs >= this.#limitMs;
  }
}

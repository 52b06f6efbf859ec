import type { SchemaKey } from './registry.ts';

/** Ids that are waited for at the same time. More are not a replica that lags: they are made up. */
export const MAX_WAITING = 16;
/** Share of the time, once the first two windows are used up. */
const SHARE = 0.05;
/** A shorter window is useless: nothing appears in it, and asking again takes longer. */
const MIN_MS = 1000;

interface Window {
  readonly until: number;
  /** Whether the whole window was paid for. */
  readonly whole: boolean;
}

/**
 * How long unknown ids are asked for again while their records wait. Each id has its own window.
 * But all together may block a partition for at most two windows at once (one if there are very
 * many), and for a twentieth of the time after that. An id that appears gives everything back: the
 * wait was right.
 */
export class Patience {
  readonly #windowMs: number;
  readonly #waiting = new Map<SchemaKey, Window>();
  #credit: number;
  #creditAt = -Infinity;
  /** The wait is paid for until this time. Windows that overlap are paid once. */
  #paidUntil = -Infinity;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#credit = 2 * windowMs;
  }

  /** Whether an id that the registry does not know now is asked for again. */
  waits(key: SchemaKey, now: number): boolean {
    let until = this.#waiting.get(key)?.until;
    if (until === undefined) {
      if (this.#waiting.size >= MAX_WAITING) this.#dropStale(now);
      if (this.#waiting.size >= MAX_WAITING) {
        // The ids are made up: those in progress are waited for to the end, and no others after
        // them.
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

  /** Whether an id is being waited for, so it was asked for before. */
  isWaiting(key: SchemaKey): boolean {
    return this.#waiting.has(key);
  }

  /** Whether an id may be waited for as long as any other. */
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

  /** The records that waited for them went to another member. */
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
 * Limits the time for asking for ids that turn out not to exist: with a slow registry each answer
 * blocks the records. Only the first answer "there is no such schema" for an id counts, with the
 * time that it took. Ids that exist cost nothing, and ids that are waited for are already paid.
 * After `limitMs`, a twentieth of the time is left for it.
 */
export class Effort {
  readonly #limitMs: number;
  #spentMs = 0;
  /** Batches that ask at this moment. Their time counts once. */
  #asking = 0;
  /** The time before this is already counted. */
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

  /** An answer, or none. The time since the one before belongs to it. */
  answered(now: number, fruitless: boolean): void {
    // Time beyond the limit is not counted: one answer may have taken long.
    if (fruitless)
      this.#spentMs = Math.min(this.#spentMs + Math.max(0, now - this.#at), this.#limitMs);
    this.#at = now;
  }

  get isUsedUp(): boolean {
    return this.#spentMs >= this.#limitMs;
  }
}

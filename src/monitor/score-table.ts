import {
  NEGATIVE,
  POSITIVE,
  ScoreDay,
  slotsWithin,
  UNLABELLED,
  WORDS,
  type KeptScore,
} from './score-day.ts';

export const DAY_MS = 86_400_000;

/** What became of a label. */
export type LabelOutcome =
  | 'joined' // the first label of an event
  | 'early' // the same, but the label was there before the event
  | 'changed' // another label than before: the last one counts
  | 'repeated' // the same label again
  | 'late' // beyond the horizon: it does not count
  | 'unknown' // this replica has no such event
  | 'empty' // a null label, or a record without a value
  | 'invalid' // the record is no label
  | 'never'; // an event whose horizon passed without a label

export interface ScoreTableOptions {
  /** In this time after its event a label counts. */
  readonly horizonDays: number;
  readonly maxBytes: number;
  /** Days that are kept, each with the same part of the memory. Default: the horizon and a week. */
  readonly keptDays?: number | undefined;
  readonly onLabel: (outcome: LabelOutcome, count: number) => void;
  /** Labels of before have been counted where the event comes from the output topic. */
  readonly startedAt?: number;
  /**
   * Labels are followed from this time on. Older ones of events that are scored only now are
   * replayed. Default: there are none.
   */
  readonly followedFrom?: number;
  /** An event got its first label. */
  readonly onJoined?: (day: ScoreDay, at: number) => void;
}

/** Days for which figures are kept after the horizon, when all labels are there. */
const KEPT_DAYS = 7;
/** Labels that wait for their events, and how long. */
const MAX_EARLY = 65_536;
const EARLY_MS = 3_600_000;

/** Where an event is. */
interface Found {
  readonly day: ScoreDay;
  readonly at: number;
  /** Of the day. */
  readonly number: number;
}

interface Early {
  readonly label: number;
  readonly time: number;
  readonly since: number;
}

/**
 * Scored events by the day of the event, so that a label finds its event later. Memory is bounded:
 * each day has the same part of it. A label that comes before its event waits for a while.
 */
export class ScoreTable {
  readonly #options: ScoreTableOptions;
  readonly #days = new Map<number, ScoreDay>();
  readonly #slots: number;
  readonly #keptDays: number;
  readonly #startedAt: number;
  readonly #followedFrom: number;
  /** The oldest day with events whose labels may be older. */
  #backlog = Infinity;
  readonly #early = new Map<number, Early>();
  /** The newest time that was seen of an event or a label. */
  #now = -Infinity;

  constructor(options: ScoreTableOptions) {
    this.#options = options;
    this.#startedAt = options.startedAt ?? -Infinity;
    this.#followedFrom = options.followedFrom ?? -Infinity;
    this.#keptDays = options.keptDays ?? options.horizonDays + KEPT_DAYS;
    this.#slots = slotsWithin(options.maxBytes / (this.#keptDays + 2));
  }

  /** Number of the day since 1970 → its events, the oldest day first. */
  get days(): readonly (readonly [number, ScoreDay])[] {
    return [...this.#days].sort(([a], [b]) => a - b);
  }

  /** Whether all labels of a day should be there. */
  isComplete(day: number): boolean {
    return (day + 1 + this.#options.horizonDays) * DAY_MS <= this.#now;
  }

  /** All labels up to a time are there. */
  reached(time: number): void {
    this.#see(time, time);
  }

  /** `time`: of the event, in ms; `now`: of the clock. False: the event is too old. */
  add(kept: KeptScore, time: number, now: number): boolean {
    const number = Math.floor(time / DAY_MS);
    const day = this.#dayFor(number, time, now);
    if (day === undefined) return false;
    kept.msOfDay = time - number * DAY_MS;
    const at = day.add(kept);
    if (kept.restored !== true) this.#waited(number, time);
    if (at !== -1 && this.#early.size > 0) this.#joinEarly(day, at, number, kept.low, kept.high);
    return true;
  }

  /**
   * The same for packed events of one day: the words from `from` to `to`. `time`: of the newest one.
   */
  addAll(packed: Uint32Array, from: number, to: number, time: number, now: number): boolean {
    const number = Math.floor(time / DAY_MS);
    const day = this.#dayFor(number, time, now);
    if (day === undefined) return false;
    day.fetch(packed, from, to);
    this.#waited(number, time);
    for (let i = from; i < to; i += WORDS) {
      const at = day.put(packed, i);
      if (at !== -1 && this.#early.size > 0)
        this.#joinEarly(day, at, number, packed[i]!, packed[i + 1]!);
    }
    return true;
  }

  /**
   * Bits of the upper half of a hash that are 0 where an event of the day is in the sample. Who asks
   * first needs not prepare events that would not be kept.
   */
  sampleMask(time: number): number {
    return this.#days.get(Math.floor(time / DAY_MS))?.mask ?? 0;
  }

  /** A label (NEGATIVE or POSITIVE) for the id with this hash. */
  label(id: { low: number; high: number }, label: number, time: number, now: number): void {
    this.#see(time, now);
    const { onLabel } = this.#options;
    const found = this.find(id.low, id.high);
    if (found === undefined) {
      this.#keepEarly(keyOf(id.low, id.high), { label, time, since: now });
      return;
    }
    const { day, at, number } = found;
    if (day.isRestored(at) && time < this.#startedAt) this.#replay(found, label, time);
    else if (this.#isLate(day, at, number, time)) onLabel('late', 1);
    else onLabel(this.#set(day, at, label, 'joined'), 1);
  }

  /**
   * When the oldest day began of which events were added since the last call that may have labels
   * from before labels are followed; undefined: there are none.
   */
  takeBacklog(): number | undefined {
    const oldest = this.#backlog;
    this.#backlog = Infinity;
    return oldest === Infinity ? undefined : oldest * DAY_MS;
  }

  #waited(day: number, time: number): void {
    if (time < this.#followedFrom) this.#backlog = Math.min(this.#backlog, day);
  }

  /**
   * A label of the past: for events that come from the output topic, where it is not counted again,
   * and for events that waited and are scored only now.
   */
  replay(id: { low: number; high: number }, label: number, time: number): void {
    const found = this.find(id.low, id.high);
    if (found === undefined) return;
    const { day, at } = found;
    if (day.isRestored(at)) this.#replay(found, label, time);
    else if (time < this.#followedFrom) {
      const isFirst = day.label(at) === UNLABELLED;
      this.#replay(found, label, time);
      if (!isFirst || day.label(at) === UNLABELLED) return;
      this.#options.onLabel('joined', 1);
      this.#options.onJoined?.(day, at);
    }
  }

  #replay({ day, at, number }: Found, label: number, time: number): void {
    if (!this.#isLate(day, at, number, time)) day.replayLabel(at, label);
  }

  /** Where an event is, by the hash of its id. */
  find(low: number, high: number): Found | undefined {
    for (const [number, day] of this.#days) {
      const at = day.find(low, high);
      if (at !== -1) return { day, at, number };
    }
    return undefined;
  }

  /** Labels that have waited too long for their events. */
  expire(now: number): void {
    let gone = 0;
    for (const [key, { since }] of this.#early) {
      if (now - since < EARLY_MS) break;
      this.#early.delete(key);
      gone++;
    }
    if (gone > 0) this.#options.onLabel('unknown', gone);
  }

  /** All days have to be counted again. */
  touch(): void {
    for (const day of this.#days.values()) day.changed = true;
  }

  /** Forgets the events of some partitions: another replica has them now. */
  drop(isGone: (partition: number) => boolean): void {
    for (const day of this.#days.values()) day.drop(isGone);
  }

  /** The events of a day, which may be a new one; undefined: it is too old, or to come. */
  #dayFor(number: number, time: number, now: number): ScoreDay | undefined {
    this.#see(time, now);
    const known = this.#days.get(number);
    if (known !== undefined) return known;
    if (this.#isGone(number) || number > Math.floor(now / DAY_MS) + 1) return undefined;
    // a new day is probably as large as the one before
    const day = new ScoreDay(this.#slots, this.#days.get(number - 1)?.size);
    this.#days.set(number, day);
    this.#forget();
    return day;
  }

  #set(day: ScoreDay, at: number, label: number, first: 'joined' | 'early'): LabelOutcome {
    const before = day.label(at);
    if (before === label) return 'repeated';
    day.setLabel(at, label);
    if (before !== UNLABELLED) return 'changed';
    this.#options.onJoined?.(day, at);
    return first;
  }

  #isLate(day: ScoreDay, at: number, number: number, time: number): boolean {
    const happened = number * DAY_MS + day.msOfDay(at);
    return time - happened > this.#options.horizonDays * DAY_MS + 60_000; // to the minute
  }

  #joinEarly(day: ScoreDay, at: number, number: number, low: number, high: number): void {
    const key = keyOf(low, high);
    const early = this.#early.get(key);
    if (early === undefined) return;
    this.#early.delete(key);
    if (day.isRestored(at) && early.time < this.#startedAt) {
      this.#replay({ day, at, number }, early.label, early.time);
      return;
    }
    const late = this.#isLate(day, at, number, early.time);
    this.#options.onLabel(late ? 'late' : this.#set(day, at, early.label, 'early'), 1);
  }

  #keepEarly(key: number, early: Early): void {
    const { onLabel } = this.#options;
    const before = this.#early.get(key);
    if (before !== undefined) onLabel(before.label === early.label ? 'repeated' : 'changed', 1);
    this.#early.delete(key); // the last one is the newest
    this.#early.set(key, early);
    if (this.#early.size <= MAX_EARLY) return;
    const [oldest] = this.#early.keys();
    this.#early.delete(oldest!);
    onLabel('unknown', 1);
  }

  /** A time beyond the clock is a mistake of who wrote it, and would make all days old. */
  #see(time: number, now: number): void {
    const seen = Math.min(time, now);
    if (seen > this.#now) this.#now = seen;
  }

  #isGone(number: number): boolean {
    return number < Math.floor(this.#now / DAY_MS) - this.#keptDays;
  }

  #forget(): void {
    for (const [number, day] of this.#days) {
      if (!this.#isGone(number)) continue;
      this.#days.delete(number);
      let never = 0;
      day.forEach((at) => {
        if (day.label(at) === UNLABELLED) never++;
      });
      if (never > 0) this.#options.onLabel('never', never);
    }
  }
}

/** 53 of the 64 bits. */
const keyOf = (low: number, high: number): number => low + (high >>> 11) * 2 ** 32;

export const labelCode = (label: 0 | 1): number => (label === 1 ? POSITIVE : NEGATIVE);

import { DriftSeries } from './drift-series.ts';
import { NO_HOUR } from './hours.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { psiOf } from './psi.ts';

/** A block has at least this many events. More of them, where batches are larger. */
export const BLOCK_EVENTS = 100;
/**
 * To judge a block costs the same whatever its size. In a backlog, blocks grow until one was not judged
 * for this time, in ms, or to this many events.
 */
const REST_MS = 50;
const LARGE_BLOCK_EVENTS = 4096;
const BLOCKS_PER_MILLION = 1_000_000 / BLOCK_EVENTS;
/** PSI is that of the last one to two times this many events. */
export const PSI_EVENTS = 10_000;
/** Below this many events, PSI says nothing. */
const LEAST_PSI_EVENTS = 1000;
/** The times of so many blocks are remembered. */
const MAX_TIMES = 4096;
/** An alarm ends after this many times the events that it needed, and never before this many. */
const QUIET_FACTOR = 5;
const LEAST_QUIET_EVENTS = 20_000;

export interface DriftOptions {
  readonly series: readonly ReferenceSeries[];
  /** Changes of less than half of it are never told. */
  readonly effect: number;
  /** False alarms of all series together in a million events. */
  readonly falseAlarmsPerMillion: number;
  /** An alarm ends when its change is not seen for this time, and for some thousand events. */
  readonly quietMs: number;
  readonly now: () => number;
  /** Events of the past: one without a time does not happen now. */
  readonly past?: boolean;
  /** An alarm begins, or ends. */
  readonly onAlarm: (alarm: DriftAlarm, begins: boolean) => void;
}

/** A change that stands. Times are ISO 8601 in UTC. */
export interface DriftAlarm {
  readonly series: string;
  readonly change: string;
  /**
   * When the change began, by the times of the events; null: earlier than is remembered, or events
   * without a time.
   */
  readonly since: string | null;
  readonly raisedAt: string;
  /** When it was last proved again. */
  readonly seenAt: string;
}

/** What the stream says of one series. */
export interface SeriesFigures {
  readonly series: string;
  readonly psi: number | null;
  readonly alarm: DriftAlarm | null;
  /** Evidence for a change, 0 to 1: at 1, an alarm begins. */
  readonly evidence: number;
  /** Events by slot since the version was opened. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Events of one hour by slot of each series, with the times of the first and the last one. */
export interface BlockCounts {
  /** The hour of the week, or NO_HOUR. */
  readonly hour: number;
  events: number;
  from: number;
  readonly counts: Int32Array | Float64Array;
}

/** Finds changes in all series of a version of the model. */
export class DriftMonitor {
  readonly #options: DriftOptions;
  readonly #watched: readonly Watched[];
  readonly #pending = new Map<number, BlockCounts>();
  readonly #times: number[] = [];
  /** Slots of all series. */
  readonly width: number;
  #events = 0;
  #judgedAt = -Infinity;

  constructor(options: DriftOptions) {
    const { series, effect, falseAlarmsPerMillion } = options;
    this.#options = options;
    const alpha = falseAlarmsPerMillion / (BLOCKS_PER_MILLION * series.length);
    let at = 0;
    this.#watched = series.map((one) => {
      const slots = one.slots.names.length;
      const watched = new Watched(one, at, new DriftSeries(one, effect, alpha));
      at += slots;
      return watched;
    });
    this.width = at;
  }

  get events(): number {
    return this.#events;
  }

  get alarms(): readonly DriftAlarm[] {
    this.#judgeWaiting();
    return this.#watched.flatMap(({ alarm }) => alarm?.shown ?? []);
  }

  get figures(): readonly SeriesFigures[] {
    this.#judgeWaiting();
    return this.#watched.map((watched) => watched.figures);
  }

  /** Adds counted events. A block is judged once it is large enough, or somebody asks. */
  add(block: BlockCounts): void {
    if (block.events === 0) return;
    this.#events += block.events;
    const before = this.#pending.get(block.hour);
    if (before === undefined && this.#isDue(block)) {
      this.#judgeWaiting(); // of other hours
      this.#judge(block);
    } else if (before === undefined) {
      this.#pending.set(block.hour, { ...block, counts: block.counts.slice() });
    } else {
      before.events += block.events;
      before.from = Math.min(before.from, block.from);
      for (let i = 0; i < this.width; i++) before.counts[i]! += block.counts[i]!;
      if (this.#isDue(before)) this.#judgeWaiting();
    }
  }

  #isDue({ events }: BlockCounts): boolean {
    if (events < BLOCK_EVENTS) return false;
    const { past, now } = this.#options;
    if (past === true || events >= LARGE_BLOCK_EVENTS) return true;
    const rested = now() - this.#judgedAt;
    return rested >= REST_MS || rested < 0; // the clock was set back
  }

  /** So what is shown has all events but those of a small block. */
  #judgeWaiting(): void {
    for (const [hour, block] of this.#pending) {
      if (block.events < BLOCK_EVENTS) continue;
      this.#pending.delete(hour);
      this.#judge(block);
    }
  }

  /** Judges the events that wait for a block, at the end of a finite stream. */
  flush(): void {
    for (const block of this.#pending.values()) this.#judge(block);
    this.#pending.clear();
  }

  #judge({ hour, events, from, counts }: BlockCounts): void {
    const now = this.#options.now();
    this.#judgedAt = now;
    this.#times.push(Number.isFinite(from) ? from : this.#options.past === true ? NaN : now);
    if (this.#times.length > MAX_TIMES) this.#times.shift();
    for (const watched of this.#watched) {
      const own = watched.of(counts);
      watched.count(own, events);
      const drift = watched.detector.add(own, hour === NO_HOUR ? undefined : hour);
      if (drift !== undefined) this.#raise(watched, drift.change, drift.blocks, now);
      else if (watched.alarm !== undefined) this.#quiet(watched, now);
    }
  }

  #raise(watched: Watched, change: string, blocks: number, now: number): void {
    const { alarm } = watched;
    const time = this.#times.at(-blocks);
    const at = new Date(now).toISOString();
    const since = Number.isFinite(time) ? new Date(time!).toISOString() : null;
    const first = { series: watched.name, change, since, raisedAt: at, seenAt: at };
    const shown = alarm === undefined ? first : { ...alarm.shown, change, seenAt: at };
    const needed = watched.events - (alarm?.events ?? watched.quietFrom);
    watched.alarm = { shown, at: now, events: watched.events, needed };
    if (alarm === undefined) this.#options.onAlarm(shown, true);
  }

  /** Ends an alarm whose change is not seen any more. */
  #quiet(watched: Watched, now: number): void {
    const { shown, at, events, needed } = watched.alarm!;
    const quiet = Math.max(LEAST_QUIET_EVENTS, QUIET_FACTOR * Math.min(needed, LEAST_QUIET_EVENTS));
    if (now - at < this.#options.quietMs || watched.events - events < quiet) return;
    watched.alarm = undefined;
    watched.quietFrom = watched.events;
    this.#options.onAlarm(shown, false);
  }
}

interface Standing {
  readonly shown: DriftAlarm;
  readonly at: number;
  readonly events: number;
  /** How many events proved it the last time. */
  readonly needed: number;
}

/** A series with what was counted of it. */
class Watched {
  readonly #series: ReferenceSeries;
  readonly #from: number;
  readonly #to: number;
  readonly detector: DriftSeries;
  /** Before the current window for PSI. */
  readonly #earlier: Float64Array;
  /** Of the last complete window for PSI, and of the current one. */
  #before: Float64Array | undefined;
  #window: Float64Array;
  #inWindow = 0;
  events = 0;
  /** Events at which the last alarm ended. */
  quietFrom = 0;
  alarm: Standing | undefined;

  constructor(series: ReferenceSeries, from: number, detector: DriftSeries) {
    const slots = series.slots.names.length;
    this.#series = series;
    this.#from = from;
    this.#to = from + slots;
    this.detector = detector;
    this.#earlier = new Float64Array(slots);
    this.#window = new Float64Array(slots);
  }

  get name(): string {
    return this.#series.name;
  }

  of(counts: BlockCounts['counts']): BlockCounts['counts'] {
    return counts.subarray(this.#from, this.#to);
  }

  count(own: BlockCounts['counts'], events: number): void {
    this.events += events;
    const window = this.#window;
    for (let slot = 0; slot < own.length; slot++) window[slot]! += own[slot]!;
    this.#inWindow += events;
    if (this.#inWindow < PSI_EVENTS) return;
    for (let slot = 0; slot < own.length; slot++) this.#earlier[slot]! += window[slot]!;
    this.#before = this.#window;
    this.#window = new Float64Array(own.length);
    this.#inWindow = 0;
  }

  get psi(): number | null {
    const before = this.#before;
    if (before === undefined && this.#inWindow < LEAST_PSI_EVENTS) return null;
    const recent = this.#window.map((count, slot) => count + (before?.[slot] ?? 0));
    return psiOf(this.#series.slots.counts, recent);
  }

  get figures(): SeriesFigures {
    const { names } = this.#series.slots;
    return {
      series: this.name,
      psi: this.psi,
      alarm: this.alarm?.shown ?? null,
      evidence: Math.min(1, this.detector.evidence),
      counts: Object.fromEntries(
        names.map((name, slot) => [name, this.#earlier[slot]! + this.#window[slot]!]),
      ),
    };
  }
}

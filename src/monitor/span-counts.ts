import { createHash } from 'node:crypto';
import type { AlarmReport, DriftCounts, SeriesCounts } from '../flow/drift-counts.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { BlockCounts, DriftAlarm } from './drift-monitor.ts';
import { NO_HOUR } from './hours.ts';
import type { ReferenceSeries } from './profile-series.ts';

/** What a span of a version has, but for the name of the report. */
export type CountedSpan = Omit<DriftCounts, 'instance' | 'sequence'>;

interface Counted {
  events: number;
  firstEvent: number;
  readonly counts: Float64Array;
}

/**
 * Counts the events of a version by slot and hour, until somebody takes them. Memory is bounded by
 * the slots and the hours of the week, however long that takes.
 */
export class SpanCounts {
  readonly #model: ModelIdentity;
  readonly #series: readonly ReferenceSeries[];
  readonly #bins: string;
  readonly #now: () => number;
  #from: number | undefined;
  #hours = new Map<number, Counted>();
  #alarms: AlarmReport[] = [];

  constructor(model: ModelIdentity, series: readonly ReferenceSeries[], now: () => number) {
    this.#model = model;
    this.#series = series;
    this.#bins = digestOfBins(series);
    this.#now = now;
  }

  get events(): number {
    let sum = 0;
    for (const { events } of this.#hours.values()) sum += events;
    return sum;
  }

  get isEmpty(): boolean {
    return this.#hours.size === 0 && this.#alarms.length === 0;
  }

  add({ hour, events, from, counts }: BlockCounts): void {
    if (events === 0) return;
    this.#from ??= this.#now();
    let all = this.#hours.get(hour);
    if (all === undefined) {
      all = { events: 0, firstEvent: Infinity, counts: new Float64Array(counts.length) };
      this.#hours.set(hour, all);
    }
    all.events += events;
    all.firstEvent = Math.min(all.firstEvent, from);
    for (let slot = 0; slot < counts.length; slot++) all.counts[slot]! += counts[slot]!;
  }

  alarm({ series, change, since, raisedAt }: DriftAlarm, begins: boolean): void {
    this.#from ??= this.#now();
    this.#alarms.push({
      series,
      change,
      since: since === null ? null : Date.parse(since),
      raisedAt: Date.parse(raisedAt),
      endedAt: begins ? null : this.#now(),
    });
  }

  /** What was counted since the last time, and the span ends: one for each hour of the week. */
  take(): CountedSpan[] {
    if (this.isEmpty) return [];
    const now = this.#now();
    const common = { model: this.#model, bins: this.#bins, countedFrom: this.#from ?? now };
    const spans = [...this.#hours].map(([hour, { events, firstEvent, counts }]): CountedSpan => ({
      ...common,
      countedTo: now,
      hourOfWeek: hour === NO_HOUR ? null : hour,
      firstEvent: Number.isFinite(firstEvent) ? firstEvent : null,
      events,
      series: this.#named(counts),
      alarms: [],
    }));
    const last: CountedSpan = spans.pop() ?? {
      ...common,
      countedTo: now,
      hourOfWeek: null,
      firstEvent: null,
      events: 0,
      series: [],
      alarms: [],
    };
    spans.push({ ...last, alarms: this.#alarms });
    this.#from = undefined;
    this.#hours = new Map();
    this.#alarms = [];
    return spans;
  }

  #named(counts: Float64Array): SeriesCounts[] {
    let at = 0;
    return this.#series.map(({ name, slots }) => {
      const own = slots.names.map((bin, slot) => [bin, counts[at + slot]!] as const);
      at += own.length;
      return { name, bins: Object.fromEntries(own.filter(([, events]) => events > 0)) };
    });
  }
}

/** Names the bins of all series. References that differ only in their counts have the same. */
export function digestOfBins(series: readonly ReferenceSeries[]): string {
  const bins = series.map(({ name, slots, reference }) => {
    const named = [name, slots.names];
    if (reference === undefined) return named;
    if (reference.kind === 'categorical') return [...named, reference.otherCategories];
    return [...named, reference.low, ...reference.edges, reference.high];
  });
  return createHash('sha256').update(JSON.stringify(bins)).digest('hex');
}

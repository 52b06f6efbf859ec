import type { AlarmReport, DriftCounts } from '../flow/drift-counts.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { BlockCounts } from './drift-monitor.ts';
import { NO_HOUR } from './hours.ts';
import type { ReferenceSeries } from './profile-series.ts';
import { digestOfBins } from './span-counts.ts';

/** Reports that end in the same time of this length are one block, so memory grows with time only. */
const BLOCK_MS = 60_000;

/** An alarm of a process. */
export type RaisedAlarm = AlarmReport & { readonly instance: string };

/** Adds up the reports of all processes about one version. A copy of a report counts once. */
export class MergedCounts {
  readonly #model: ModelIdentity;
  readonly #bins: string;
  /** By series and bin, the place in the counts. */
  readonly #places: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly #width: number;
  readonly #seen = new Map<string, Set<number>>();
  readonly #blocks = new Map<number, Map<number, BlockCounts>>();
  readonly #alarms = new Map<string, RaisedAlarm>();
  readonly #instances = new Set<string>();
  /** Events of other versions, or of other bins. */
  readonly #others = new Map<string, number>();
  #from = Infinity;
  #to = -Infinity;
  copies = 0;
  /** Records that are no reports. */
  unreadable = 0;

  constructor(model: ModelIdentity, series: readonly ReferenceSeries[]) {
    this.#model = model;
    this.#bins = digestOfBins(series);
    let at = 0;
    this.#places = new Map(
      series.map(({ name, slots }) => [
        name,
        new Map(slots.names.map((bin) => [bin, at++] as const)),
      ]),
    );
    this.#width = at;
  }

  add(report: DriftCounts): void {
    const { instance, sequence, model, bins, events, alarms } = report;
    const known = this.#seen.get(instance) ?? new Set<number>();
    if (known.has(sequence)) {
      this.copies++;
      return;
    }
    this.#seen.set(instance, known.add(sequence));
    const other = this.#isOther(model, bins);
    if (other !== undefined) {
      this.#others.set(other, (this.#others.get(other) ?? 0) + events);
      return;
    }
    this.#instances.add(instance);
    this.#from = Math.min(this.#from, report.countedFrom);
    this.#to = Math.max(this.#to, report.countedTo);
    for (const alarm of alarms) {
      // Its end comes after its beginning, which may be before the range.
      const key = JSON.stringify([instance, alarm.series, alarm.raisedAt]);
      if (alarm.endedAt !== null || !this.#alarms.has(key))
        this.#alarms.set(key, { ...alarm, instance });
    }
    if (events > 0) this.#count(report);
  }

  /** The counts of all processes, in the order of time. */
  blocks(): BlockCounts[] {
    const spans = [...this.#blocks].sort(([a], [b]) => a - b);
    return spans.flatMap(([, hours]) => [...hours.values()]);
  }

  get figures() {
    const time = (ms: number): string | null =>
      Number.isFinite(ms) ? new Date(ms).toISOString() : null;
    return {
      processes: this.#instances.size,
      from: time(this.#from),
      to: time(this.#to),
      copies: this.copies,
      unreadable: this.unreadable,
      others: Object.fromEntries(this.#others),
      raised: [...this.#alarms.values()].sort((a, b) => a.raisedAt - b.raisedAt),
    };
  }

  #isOther({ version, sha256 }: ModelIdentity, bins: string): string | undefined {
    if (version !== this.#model.version) return `version ${version}`;
    if (sha256 !== this.#model.sha256) return `version ${version} with another model file`;
    return bins === this.#bins ? undefined : `version ${version} with another profile`;
  }

  #count({ countedTo, hourOfWeek, firstEvent, events, series }: DriftCounts): void {
    const span = Math.floor(countedTo / BLOCK_MS);
    const hour = hourOfWeek ?? NO_HOUR;
    const hours = this.#blocks.get(span) ?? new Map<number, BlockCounts>();
    this.#blocks.set(span, hours);
    const block = hours.get(hour) ?? {
      hour,
      events: 0,
      from: Infinity,
      counts: new Float64Array(this.#width),
    };
    hours.set(hour, block);
    block.events += events;
    block.from = Math.min(block.from, firstEvent ?? Infinity);
    for (const { name, bins } of series)
      for (const [bin, count] of Object.entries(bins)) {
        const place = this.#places.get(name)?.get(bin);
        if (place !== undefined) block.counts[place]! += count;
      }
  }
}

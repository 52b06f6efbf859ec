import { binOf, chooseBins } from '../../../src/monitor/choose-bins.ts';
import { DriftMonitor, type DriftAlarm } from '../../../src/monitor/drift-monitor.ts';
import { hourOfWeek, HOURS, NO_HOUR } from '../../../src/monitor/hours.ts';
import { normalQuantile } from '../../../src/monitor/normal.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { seeded } from '../../../src/monitor/random.ts';
import { hourSlots, numericSlots } from '../../../src/monitor/reference.ts';

const HOUR_MS = 3_600_000;
/** A Monday, 0:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5);

/** The mean of a feature at an hour of the week, in its standard deviations. */
export type Pattern = (hour: number) => number;

/** Higher by day than by night. */
export const day: Pattern = (hour) => 0.6 * Math.sin((2 * Math.PI * hour) / 24);
/** Lower at the weekend, and by day as above. */
export const week: Pattern = (hour) => day(hour) - (hour >= 5 * 24 ? 0.5 : 0);
/** The same at all hours. */
export const flat: Pattern = () => 0;

export interface HoursOptions {
  readonly patterns: Readonly<Record<string, Pattern>>;
  /** Rows of the reference for each hour of the week. */
  readonly rowsPerHour: number;
  /** Whether each hour has a reference of its own. */
  readonly hours: boolean;
  readonly weeks: number;
  readonly eventsPerHour: number;
  /** What is added to the values of a series from the second week on. */
  readonly shift?: Readonly<Record<string, number>>;
  readonly effect: number;
  readonly seed: number;
}

/** Streams weeks of events with patterns of day and week past a monitor, hour by hour. */
export function streamOfWeeks(options: HoursOptions): readonly DriftAlarm[] {
  const { patterns, rowsPerHour, hours, weeks, eventsPerHour, shift = {}, effect, seed } = options;
  const random = seeded(seed);
  const value = (mean: number): number => mean + normalQuantile(random());
  const all = Object.entries(patterns);
  const series = all.map(([name, pattern]) => referenceOf(name, pattern, rowsPerHour, value));
  let now = MONDAY;
  const alarms: DriftAlarm[] = [];
  const monitor = new DriftMonitor({
    series: series.map(({ reference }) => (hours ? reference : { ...reference, hours: undefined })),
    effect,
    falseAlarmsPerMillion: 0.01,
    quietMs: HOUR_MS,
    now: () => now,
    onAlarm: (alarm, begins) => {
      if (begins) alarms.push(alarm);
    },
  });
  for (let at = 0; at < weeks * HOURS; at++) {
    const start = MONDAY + at * HOUR_MS;
    const hour = hourOfWeek(start);
    for (let done = 0; done < eventsPerHour; done += 100) {
      now = start + (done / eventsPerHour) * HOUR_MS;
      const counts = new Int32Array(monitor.width);
      let offset = 0;
      all.forEach(([name, pattern], s) => {
        const { edges, reference } = series[s]!;
        const mean = pattern(hour) + (at >= HOURS ? (shift[name] ?? 0) : 0);
        for (let i = 0; i < 100; i++) counts[offset + 2 + binOf(value(mean), edges)]!++;
        offset += reference.slots.names.length;
      });
      monitor.add({ hour: hours ? hour : NO_HOUR, events: 100, from: now, counts });
    }
  }
  return alarms;
}

function referenceOf(
  name: string,
  pattern: Pattern,
  rowsPerHour: number,
  value: (mean: number) => number,
): { readonly edges: readonly number[]; readonly reference: ReferenceSeries } {
  const byHour = Array.from({ length: HOURS }, (_, hour) =>
    Array.from({ length: rowsPerHour }, () => value(pattern(hour))),
  );
  const bins = chooseBins(Float64Array.from(byHour.flat()).sort());
  const slots = numericSlots(bins, 0);
  const countsOf = (values: readonly number[]): number[] => {
    const counts = new Array<number>(bins.counts.length + 1).fill(0);
    for (const one of values) counts[1 + binOf(one, bins.edges)]!++;
    return counts;
  };
  return {
    edges: bins.edges,
    reference: {
      name,
      field: undefined,
      reference: undefined,
      slots,
      hours: byHour.map((values) => hourSlots('numeric', countsOf(values))),
    },
  };
}

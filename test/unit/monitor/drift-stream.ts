import { DriftMonitor, type DriftAlarm } from '../../../src/monitor/drift-monitor.ts';
import { NO_HOUR } from '../../../src/monitor/hours.ts';
import { normalQuantile } from '../../../src/monitor/normal.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { seeded } from '../../../src/monitor/random.ts';
import { MISSING, numericSlots, slotsOf, type Slots } from '../../../src/monitor/reference.ts';

/** What a slot of a stream is drawn with. */
export type Shares = readonly number[];

/** A series of a simulated stream: the true shares of its slots. */
export interface TrueSeries {
  readonly name: string;
  readonly slots: (counts: readonly number[]) => Slots;
  readonly shares: Shares;
}

const EDGES = Array.from({ length: 9 }, (_, i) => normalQuantile((i + 1) / 10));

/** The normal distribution function, by a series of Abramowitz and Stegun (7.1.26 is too coarse). */
export function normal(z: number): number {
  if (z < 0) return 1 - normal(-z);
  if (z > 8) return 1;
  let sum = z;
  let term = z;
  for (let i = 1; Math.abs(term) > 1e-17; i++) {
    term *= (z * z) / (2 * i + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Shares of the slots of a normal feature with deciles: shifted, and stretched, in its own SD. */
export function normalShares({ shift = 0, spread = 1, missing = 0 } = {}): number[] {
  const bounds = [-Infinity, ...EDGES, Infinity].map((edge) =>
    Number.isFinite(edge) ? normal((edge - shift) / spread) : edge > 0 ? 1 : 0,
  );
  const bins = bounds.slice(1).map((to, i) => (1 - missing) * (to - bounds[i]!));
  return [missing, 0, ...bins, 0];
}

export function normalSeries(name: string, missing = 0): TrueSeries {
  return {
    name,
    shares: normalShares({ missing }),
    slots: (counts) =>
      numericSlots({ edges: EDGES, counts: counts.slice(2, -1), low: -6, high: 6 }, counts[0]!),
  };
}

/** A feature of which a part is zero, and the rest is in a few bins. */
export function zeroInflated(name: string, zeros: number, bins: number): TrueSeries {
  const rest = Array.from({ length: bins }, () => (1 - zeros) / bins);
  const edges = [0.5, ...Array.from({ length: bins - 1 }, (_, i) => i + 1)];
  return {
    name,
    shares: [0, 0, zeros, ...rest, 0],
    slots: (counts) =>
      numericSlots({ edges, counts: counts.slice(2, -1), low: 0, high: 100 }, counts[0]!),
  };
}

export function categories(name: string, shares: readonly number[], missing = 0): TrueSeries {
  const names = shares.map((_, i) => `c${i}`);
  return {
    name,
    shares: [missing, ...shares.map((share) => (1 - missing) * share), 0, 0],
    slots: (counts) =>
      slotsOf({
        name,
        field: name,
        kind: 'categorical',
        categories: names,
        counts: counts.slice(1, -2),
        missing: counts[MISSING]!,
        others: counts.at(-2)!,
        otherCategories: [],
      }),
  };
}

/** The seventeen series of a bundle: sixteen features and the score. */
export function bundle(): TrueSeries[] {
  return [
    ...Array.from({ length: 8 }, (_, i) => normalSeries(`n${i}`)),
    normalSeries('sometimes', 0.03),
    normalSeries('often', 0.4),
    zeroInflated('zeros', 0.6, 4),
    zeroInflated('rare', 0.97, 1),
    zeroInflated('coarse', 0.3, 2),
    categories('country', [0.5, 0.2, 0.1, 0.1, 0.05, 0.03, 0.015, 0.005]),
    categories('channel', [0.7, 0.3], 0.01),
    categories(
      'brand',
      Array.from({ length: 20 }, () => 0.05),
    ),
    normalSeries('score'),
  ];
}

/** Draws slots with given shares. */
function drawer(shares: Shares, random: () => number): () => number {
  const CELLS = 1024;
  const ends: number[] = [];
  let sum = 0;
  for (const share of shares) ends.push((sum += share));
  const last = shares.findLastIndex((share) => share > 0);
  const first = Int32Array.from({ length: CELLS }, (_, cell) =>
    Math.min(last, ends.findIndex((end) => end > cell / CELLS) >>> 0),
  );
  return () => {
    const u = random();
    let slot = first[Math.floor(u * CELLS)]!;
    while (slot < last && u >= ends[slot]!) slot++;
    return slot;
  };
}

/** The reference that a sample of so many rows gives. */
export function referenceOf(
  { name, shares, slots }: TrueSeries,
  rows: number,
  random: () => number,
): ReferenceSeries {
  const draw = drawer(shares, random);
  const counts = shares.map(() => 0);
  for (let i = 0; i < rows; i++) counts[draw()]!++;
  return { name, field: undefined, reference: undefined, slots: slots(counts), hours: undefined };
}

export interface StreamOptions {
  readonly series: readonly TrueSeries[];
  /** The shares of some series from `after` on. */
  readonly changed?: Readonly<Record<string, Shares>>;
  readonly after?: number;
  readonly events: number;
  readonly seed: number;
  readonly effect: number;
  readonly rows?: number;
  readonly block?: number;
  readonly falseAlarmsPerMillion?: number;
  /** Goes on after the first alarm. */
  readonly whole?: boolean;
}

export interface StreamResult {
  readonly alarms: readonly (DriftAlarm & { readonly events: number })[];
  readonly monitor: DriftMonitor;
}

/** Streams independent events past a monitor, block by block, until the first alarm. */
export function stream(options: StreamOptions): StreamResult {
  const { series, changed = {}, after = 0, events, seed, effect, whole = false } = options;
  const { rows = 50_000, block = 100, falseAlarmsPerMillion = 0.01 } = options;
  const random = seeded(seed);
  const references = series.map((one) => referenceOf(one, rows, random));
  let now = Date.UTC(2026, 0, 1);
  let done = 0;
  const alarms: (DriftAlarm & { events: number })[] = [];
  const monitor = new DriftMonitor({
    series: references,
    effect,
    falseAlarmsPerMillion,
    quietMs: 0,
    now: () => now,
    onAlarm: (alarm, begins) => {
      if (begins) alarms.push({ ...alarm, events: done - after });
    },
  });
  const before = series.map(({ shares }) => drawer(shares, random));
  const later = series.map(({ name, shares }) => drawer(changed[name] ?? shares, random));
  const widths = references.map(({ slots }) => slots.names.length);
  while (done < events && (whole || alarms.length === 0)) {
    const counts = new Int32Array(monitor.width);
    let offset = 0;
    const draws = done < after ? before : later;
    for (let s = 0; s < draws.length; s++) {
      const draw = draws[s]!;
      for (let i = 0; i < block; i++) counts[offset + draw()]!++;
      offset += widths[s]!;
    }
    done += block;
    now += 1000 * block; // one event a second
    monitor.add({ hour: NO_HOUR, events: block, from: now, counts });
  }
  return { alarms, monitor };
}

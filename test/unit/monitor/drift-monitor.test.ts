import { DriftMonitor, type DriftAlarm } from '../../../src/monitor/drift-monitor.ts';
import { NO_HOUR } from '../../../src/monitor/hours.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { seeded } from '../../../src/monitor/random.ts';
import { numericSlots } from '../../../src/monitor/reference.ts';

/** Two bins: a coin. By day it is fair, and by night mostly heads. */
const DAY = 12;
const NIGHT = 0;
const heads = (hour: number): number => (hour === NIGHT ? 0.9 : 0.5);
const ROWS = 50_000;

function coin(byHour: boolean): ReferenceSeries {
  const histogram = {
    edges: [0.5],
    counts: [ROWS / 2 - 10_000, ROWS / 2 + 10_000],
    low: 0,
    high: 1,
  };
  const ofHour = (hour: number): number[] => {
    if (hour !== DAY && hour !== NIGHT) return [0, 0, 0, 0, 0];
    return [0, 0, ROWS * (1 - heads(hour)), ROWS * heads(hour), 0];
  };
  return {
    name: 'coin',
    field: undefined,
    reference: undefined,
    slots: numericSlots(histogram, 0),
    hours: byHour ? Array.from({ length: 168 }, (_, hour) => ofHour(hour)) : undefined,
  };
}

function monitorOf(series: ReferenceSeries, quietMs = 1000) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const told: [string, DriftAlarm][] = [];
  const monitor = new DriftMonitor({
    series: [series],
    effect: 0.1,
    falseAlarmsPerMillion: 0.01,
    quietMs,
    now: () => clock.now,
    onAlarm: (alarm, begins) => told.push([begins ? 'begins' : 'ends', alarm]),
  });
  const random = seeded(3);
  const toss = (hour: number, share: number, events: number): void => {
    const counts = new Int32Array(monitor.width);
    for (let i = 0; i < events; i++) counts[random() < share ? 3 : 2]!++;
    clock.now += events;
    monitor.add({ hour, events, from: clock.now, counts });
  };
  return { monitor, told, toss, clock };
}

describe('an hour of the week', () => {
  it('has a reference of its own', () => {
    const { toss, told, monitor } = monitorOf(coin(true));
    for (let i = 0; i < 2000; i++) {
      const hour = Math.floor(i / 200) % 2 === 0 ? DAY : NIGHT;
      toss(hour, heads(hour), 100);
    }
    expect(told).toEqual([]);
    expect(monitor.events).toBe(200_000);
    for (let i = 0; i < 10; i++) toss(NIGHT, 0.5, 100);
    expect(told).toMatchObject([['begins', { series: 'coin', change: 'lower' }]]);
  });

  it('is a false alarm without it', () => {
    const { toss, told } = monitorOf(coin(false));
    for (let i = 0; i < 20; i++) toss(NO_HOUR, heads(NIGHT), 100);
    expect(told).toHaveLength(1);
  });

  it('is not judged where the reference knows too little of it', () => {
    const { toss, told } = monitorOf(coin(true));
    for (let i = 0; i < 100; i++) toss(77, 0.1, 100);
    expect(told).toEqual([]);
  });

  it('has blocks of its own: a few events of another hour are not mixed into them', () => {
    const { toss, told } = monitorOf(coin(true));
    for (let i = 0; i < 4000; i++) {
      toss(DAY, heads(DAY), 60);
      toss(NIGHT, heads(NIGHT), 40);
    }
    expect(told).toEqual([]);
  });
});

describe('an alarm', () => {
  it('is told once, stands while the change is seen, and ends some time after it', () => {
    const { toss, told, monitor, clock } = monitorOf(coin(false), 60_000);
    const fair = 0.7; // the share of the reference
    for (let i = 0; i < 50; i++) toss(NO_HOUR, fair, 100);
    const changed = clock.now;
    for (let i = 0; i < 500; i++) toss(NO_HOUR, 0.5, 100);
    expect(told.map(([what]) => what)).toEqual(['begins']);
    const [alarm] = monitor.alarms;
    expect(Math.abs(Date.parse(alarm!.since!) - changed)).toBeLessThan(1000);
    expect(Date.parse(alarm!.seenAt)).toBeGreaterThan(Date.parse(alarm!.raisedAt));
    expect(monitor.figures[0]!.alarm).toEqual(alarm);

    for (let i = 0; i < 1500; i++) toss(NO_HOUR, fair, 100);
    expect(told.map(([what]) => what)).toEqual(['begins', 'ends']);
    expect(monitor.alarms).toEqual([]);
  });

  it('does not end by time alone: the events have to come', () => {
    const { toss, monitor, clock } = monitorOf(coin(false), 60_000);
    for (let i = 0; i < 10; i++) toss(NO_HOUR, 0.1, 100);
    clock.now += 86_400_000;
    for (let i = 0; i < 100; i++) toss(NO_HOUR, 0.7, 100);
    expect(monitor.alarms).toHaveLength(1);
  });

  it('needs two blocks in a row', () => {
    const { toss, told } = monitorOf(coin(false));
    toss(NO_HOUR, 0, 5000);
    expect(told).toEqual([]);
    toss(NO_HOUR, 0, 5000);
    expect(told).toHaveLength(1);
  });
});

it.each([
  [false, '2026-01-01T00:00:00.000Z'],
  [true, null],
])(
  'takes events without a time for those of now, but for those of the past (%p)',
  (past, since) => {
    const alarms: DriftAlarm[] = [];
    let now = Date.UTC(2026, 0, 1);
    const monitor = new DriftMonitor({
      series: [coin(false)],
      effect: 0.1,
      falseAlarmsPerMillion: 0.01,
      quietMs: 0,
      now: () => now,
      past,
      onAlarm: (alarm) => alarms.push(alarm),
    });
    const counts = Int32Array.of(0, 0, 0, 0, 500);
    for (let i = 0; i < 2; i++, now += past ? 0 : 50)
      monitor.add({ hour: NO_HOUR, events: 500, from: Infinity, counts });
    expect(alarms).toMatchObject([{ change: 'higher', since }]);
  },
);

it('counts events by slot, and PSI of the recent ones', () => {
  const { toss, monitor } = monitorOf(coin(false));
  toss(NO_HOUR, 0.7, 500);
  expect(monitor.figures[0]).toMatchObject({ psi: null, alarm: null });
  toss(NO_HOUR, 0.7, 500);
  expect(monitor.figures[0]!.psi).toBeLessThan(0.02);
  for (let i = 0; i < 20; i++) toss(NO_HOUR, 0, 1000);
  expect(monitor.figures[0]!.psi).toBeGreaterThan(0.25);
  const counts = Object.values(monitor.figures[0]!.counts);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(21_000);
});

describe('a backlog', () => {
  /** Events that were judged. */
  const judged = (monitor: DriftMonitor): number => {
    const { counts } = monitor.figures[0]!;
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  };

  function monitorAt(clock: { now: number }, alarms: DriftAlarm[], byHour = false): DriftMonitor {
    return new DriftMonitor({
      series: [coin(byHour)],
      effect: 0.1,
      falseAlarmsPerMillion: 0.01,
      quietMs: 0,
      now: () => clock.now,
      onAlarm: (alarm) => alarms.push(alarm),
    });
  }

  const shifted = { hour: NO_HOUR, events: 500, from: 0, counts: Int32Array.of(0, 0, 0, 0, 500) };

  it('is judged in large blocks, and an alarm needs two of them', () => {
    const clock = { now: 1000 };
    const alarms: DriftAlarm[] = [];
    const monitor = monitorAt(clock, alarms);
    for (let i = 0; i < 9; i++) monitor.add(shifted); // the first one at once, and 4,000 that wait
    expect(alarms).toEqual([]);
    monitor.add(shifted);
    expect(alarms).toMatchObject([{ change: 'higher' }]);
  });

  it('is judged soon, whatever its size', () => {
    const clock = { now: 1000 };
    const alarms: DriftAlarm[] = [];
    const monitor = monitorAt(clock, alarms);
    monitor.add(shifted);
    clock.now += 49;
    monitor.add(shifted);
    expect(alarms).toEqual([]);
    clock.now += 1;
    monitor.add(shifted);
    expect(alarms).toHaveLength(1);
  });

  it('is judged when the clock was set back', () => {
    const clock = { now: 1000 };
    const alarms: DriftAlarm[] = [];
    const monitor = monitorAt(clock, alarms);
    monitor.add(shifted);
    clock.now -= 1;
    monitor.add(shifted);
    expect(alarms).toHaveLength(1);
  });

  it('is judged when somebody asks', () => {
    const clock = { now: 1000 };
    const alarms: DriftAlarm[] = [];
    const monitor = monitorAt(clock, alarms);
    for (let i = 0; i < 3; i++) monitor.add(shifted);
    expect(judged(monitor)).toBe(1500);
    expect(alarms).toHaveLength(1);
  });

  it('of another hour is judged, too, when one is', () => {
    const clock = { now: 1000 };
    const alarms: DriftAlarm[] = [];
    const monitor = monitorAt(clock, alarms, true);
    monitor.add({ ...shifted, hour: DAY });
    monitor.add({ ...shifted, hour: NIGHT }); // waits
    clock.now += 50;
    monitor.add({ ...shifted, hour: 5 }); // the reference does not know this hour
    expect(alarms).toHaveLength(1);
  });
});

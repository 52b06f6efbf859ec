import type { DriftCounts } from '../../../src/flow/drift-counts.ts';
import { DriftMonitor } from '../../../src/monitor/drift-monitor.ts';
import { NO_HOUR } from '../../../src/monitor/hours.ts';
import { MergedCounts } from '../../../src/monitor/merged-counts.ts';
import type { ReferenceSeries } from '../../../src/monitor/profile-series.ts';
import { numericSlots } from '../../../src/monitor/reference.ts';
import { digestOfBins, SpanCounts } from '../../../src/monitor/span-counts.ts';

const MODEL = { name: 'm', version: '7', sha256: 'ab' };
const seriesOf = (edge: number, rows = 10): ReferenceSeries[] =>
  ['amount', 'score'].map((name) => ({
    name,
    field: undefined,
    reference: undefined,
    slots: numericSlots({ edges: [edge], counts: [rows, rows], low: 0, high: 1 }, 0),
    hours: undefined,
  }));
const SERIES = seriesOf(0.5);
const [LOW, HIGH] = ['< 0.5', '>= 0.5'] as const;

/** A process with a clock. */
function processOf(instance: string, model = MODEL, series = SERIES) {
  const clock = { now: 1000 };
  const span = new SpanCounts(model, series, () => clock.now);
  let sequence = 0;
  return {
    clock,
    span,
    count: (low: number, high: number, hour = NO_HOUR, from = Infinity): void => {
      const counts = Int32Array.of(0, 0, low, high, 0, 0, 0, high, low, 0);
      span.add({ hour, events: low + high, from, counts });
    },
    report: (): DriftCounts[] =>
      span.take().map((one) => ({ ...one, instance, sequence: sequence++ })),
  };
}
const totals = (merged: MergedCounts): number[] =>
  merged
    .blocks()
    .reduce(
      (sums, { counts }) => sums.map((sum, i) => sum + counts[i]!),
      new Array<number>(10).fill(0),
    );

describe('the counts of a span', () => {
  it('are taken once, with its times, and without empty bins', () => {
    const { clock, count, report, span } = processOf('a');
    expect(report()).toEqual([]);
    count(2, 1, NO_HOUR, 50);
    clock.now = 1500;
    count(1, 0, NO_HOUR, 40);
    expect(span.events).toBe(4);
    expect(report()).toEqual([
      {
        instance: 'a',
        sequence: 0,
        model: MODEL,
        bins: digestOfBins(SERIES),
        countedFrom: 1000,
        countedTo: 1500,
        hourOfWeek: null,
        firstEvent: 40,
        events: 4,
        series: [
          { name: 'amount', bins: { [LOW]: 3, [HIGH]: 1 } },
          { name: 'score', bins: { [LOW]: 1, [HIGH]: 3 } },
        ],
        alarms: [],
      },
    ]);
    expect(report()).toEqual([]);
  });

  it('have a report for each hour of the week, and alarms in one of them', () => {
    const { count, report, span, clock } = processOf('a');
    const alarm = {
      series: 'amount',
      change: 'higher',
      since: null,
      raisedAt: '1970-01-01T00:00:01.000Z',
      seenAt: '1970-01-01T00:00:01.000Z',
    };
    count(1, 0, 3);
    count(0, 1, 4);
    span.alarm(alarm, true);
    const reports = report();
    expect(reports.map(({ hourOfWeek, alarms }) => [hourOfWeek, alarms.length])).toEqual([
      [3, 0],
      [4, 1],
    ]);
    clock.now = 2000;
    span.alarm(alarm, false);
    const [ended] = report();
    expect(ended).toMatchObject({ events: 0, series: [], alarms: [{ endedAt: 2000 }] });
  });

  it('belong to bins: another edge is another digest, other counts are not', () => {
    expect(digestOfBins(seriesOf(0.5, 99))).toBe(digestOfBins(SERIES));
    expect(digestOfBins(seriesOf(0.25))).not.toBe(digestOfBins(SERIES));
  });
});

describe('the reports of several processes', () => {
  it('add up, in any order, whatever came twice', () => {
    const [a, b] = [processOf('a'), processOf('b')];
    const reports: DriftCounts[] = [];
    for (let i = 0; i < 10; i++) {
      a.count(i, 1);
      b.count(2 * i, 0);
      reports.push(...a.report(), ...b.report());
      a.clock.now += 60_000;
      b.clock.now += 45_000;
    }
    const merged = new MergedCounts(MODEL, SERIES);
    for (const report of [...reports, ...reports.slice(3, 7)].reverse()) merged.add(report);
    expect(totals(merged)).toEqual([0, 0, 135, 10, 0, 0, 0, 10, 135, 0]);
    // b has counted nothing in its first span
    expect(merged.figures).toMatchObject({ processes: 2, copies: 4, others: {}, unreadable: 0 });
    expect(merged.figures.from).toBe('1970-01-01T00:00:01.000Z');
    expect(merged.figures.to).toBe('1970-01-01T00:09:01.000Z');
    const events = merged.blocks().reduce((sum, block) => sum + block.events, 0);
    expect(events).toBe(145);
    expect(merged.blocks()).toHaveLength(10); // one for each minute
  });

  it('do not mix with those of other versions, models and profiles, which are counted', () => {
    const merged = new MergedCounts(MODEL, SERIES);
    const all = [
      processOf('a'),
      processOf('b', { ...MODEL, version: '8' }),
      processOf('c', { ...MODEL, sha256: 'cd' }),
      processOf('d', MODEL, seriesOf(0.25)),
    ];
    for (const { count, report } of all) {
      count(1, 2);
      for (const one of report()) merged.add(one);
    }
    expect(totals(merged)).toEqual([0, 0, 1, 2, 0, 0, 0, 2, 1, 0]);
    expect(merged.figures.others).toEqual({
      'version 8': 3,
      'version 7 with another model file': 3,
      'version 7 with another profile': 3,
    });
    expect(merged.figures.processes).toBe(1);
  });

  it('prove a change that all of them have seen', () => {
    const series = seriesOf(0.5, 500_000);
    const alarmsOf = (heads: number): string[] => {
      const merged = new MergedCounts(MODEL, series);
      for (const name of ['a', 'b', 'c']) {
        const one = processOf(name, MODEL, series);
        for (let minute = 0; minute < 10; minute++) {
          one.count(500 - heads, heads);
          for (const report of one.report()) merged.add(report);
          one.clock.now += 60_000;
        }
      }
      const alarms: string[] = [];
      const monitor = new DriftMonitor({
        series,
        effect: 0.1,
        falseAlarmsPerMillion: 0.01,
        quietMs: 0,
        now: () => 0,
        past: true,
        onAlarm: ({ series: of, change }) => alarms.push(`${of} ${change}`),
      });
      for (const block of merged.blocks()) monitor.add(block);
      return alarms;
    };
    expect(alarmsOf(250)).toEqual([]);
    expect(alarmsOf(285)).toEqual(['amount higher', 'score lower']);
  });

  it('keep the hours apart', () => {
    const merged = new MergedCounts(MODEL, SERIES);
    for (const hour of [5, 6, 5]) {
      const one = processOf(`p${hour}${merged.figures.processes}`);
      one.count(1, 0, hour, 10 * hour);
      for (const report of one.report()) merged.add(report);
    }
    const blocks = merged.blocks().map(({ hour, events, from }) => [hour, events, from]);
    expect(blocks).toEqual([
      [5, 2, 50],
      [6, 1, 60],
    ]);
  });

  it('tell an alarm once, with its end', () => {
    const merged = new MergedCounts(MODEL, SERIES);
    const { span, report, clock } = processOf('a');
    const raisedAt = new Date(500).toISOString();
    const alarm = { series: 'amount', change: 'higher', since: null, raisedAt, seenAt: raisedAt };
    span.alarm(alarm, true);
    const began = report();
    clock.now = 9000;
    span.alarm(alarm, false);
    for (const one of [...report(), ...began]) merged.add(one);
    expect(merged.figures.raised).toEqual([
      {
        instance: 'a',
        series: 'amount',
        change: 'higher',
        since: null,
        raisedAt: 500,
        endedAt: 9000,
      },
    ]);
    expect(merged.blocks()).toEqual([]);
  });
});

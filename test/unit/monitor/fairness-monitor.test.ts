import { FairnessMonitor } from '../../../src/monitor/fairness-monitor.ts';
import { CELLS } from '../../../src/monitor/fairness-window.ts';
import { Grouping } from '../../../src/monitor/group-reader.ts';
import { simulateGroups } from './fairness-stream.ts';

describe('groups of a simulated stream', () => {
  it.each([
    ['0.72 of the best rate, a tenth of the events', 0.65, 0.1, 30_000],
    ['half of the best rate, a tenth of the events', 0.45, 0.1, 2_000],
    ['half of the best rate, a fiftieth of the events', 0.45, 0.02, 8_000],
  ])('with a bias are found: %s', (_what, rate, part, within) => {
    for (const seed of [1, 2, 3]) {
      const groups = [
        { part: 1 - part, rate: 0.9 },
        { part, rate },
      ];
      const { alarms } = simulateGroups(groups, within, { seed });
      expect(alarms).toMatchObject([{ by: 'ageBand', group: 'g1', begins: true }]);
    }
  });

  it('without a bias never raise an alarm: 20 streams of 1,000,000 events', () => {
    const groups = [
      { part: 0.6, rate: 0.9 },
      { part: 0.3, rate: 0.9 },
      { part: 0.08, rate: 0.88 },
      { part: 0.02, rate: 0.91 },
    ];
    for (let seed = 1; seed <= 20; seed++)
      expect(simulateGroups(groups, 1_000_000, { seed }).alarms).toEqual([]);
  });

  it('raise no alarm exactly at the limit, however often they are looked at', () => {
    const groups = [
      { part: 0.7, rate: 0.5 },
      { part: 0.3, rate: 0.4 },
    ];
    for (let seed = 1; seed <= 20; seed++)
      expect(simulateGroups(groups, 200_000, { seed }).alarms).toEqual([]);
  });
});

const EVENTS = 100_000;

function monitorOf() {
  const field = new Grouping('region');
  const said: string[] = [];
  const monitor = new FairnessMonitor({
    fields: [field],
    minRatio: 0.8,
    now: () => new Date(0),
    onAlarm: ({ group, model }, begins) => said.push(`${model} ${group} ${begins}`),
  });
  /** `rates` of groups with the same number of events. */
  const add = (rates: Readonly<Record<string, number>>, model = '1', events = EVENTS): void => {
    const counts = new Uint32Array(CELLS);
    const each = events / Object.keys(rates).length;
    for (const [name, rate] of Object.entries(rates)) {
      const code = name === '' ? 1 : field.names.code(name);
      counts[2 * code]! += each;
      counts[2 * code + 1]! += Math.round(each * rate);
    }
    monitor.add({ model, policy: 'p' }, counts, events);
  };
  return { monitor, add, said };
}

describe('an alarm', () => {
  it('stands until a full window has passed without it', () => {
    const { monitor, add, said } = monitorOf();
    add({ a: 0.9, b: 0.5 });
    expect(said).toEqual(['1 b true']);
    for (let i = 0; i < 9; i++) add({ a: 0.9, b: 0.9 }); // fills the first window
    for (let i = 0; i < 9; i++) add({ a: 0.9, b: 0.9 });
    expect(monitor.alarms).toMatchObject([{ by: 'region', group: 'b', model: '1', policy: 'p' }]);
    add({ a: 0.9, b: 0.9 });
    expect(said).toEqual(['1 b true', '1 b false']);
    expect(monitor.alarms).toEqual([]);
  });

  it('is raised for a group that is called like the events without a value', () => {
    const { monitor, add, said } = monitorOf();
    add({ a: 0.9, '': 0.5, '(none)': 0.4, '(other)': 0.6, '"(none)"': 0.3 });
    expect(said).toEqual(['1 "(none)" true', '1 "(other)" true', '1 ""(none)"" true']);
    expect(monitor.figures[0]!.groups.map(({ group, events }) => [group, events])).toEqual(
      ['(none)', 'a', '"(none)"', '"(other)"', '""(none)""'].map((name) => [name, EVENTS / 5]),
    );
  });

  it('belongs to the version that decides', () => {
    const { monitor, add, said } = monitorOf();
    add({ a: 0.9, b: 0.9 }, '1');
    add({ a: 0.9, b: 0.5 }, '2');
    expect(said).toEqual(['2 b true']);
    expect(monitor.figures.map(({ model, alarms }) => [model, alarms])).toEqual([
      ['1', []],
      ['2', ['b']],
    ]);
    for (const model of ['3', '4', '5', '6']) add({ a: 0.9, b: 0.9 }, model);
    expect(said).toEqual(['2 b true', '2 b false']); // four versions at most are kept
  });

  it.each([
    ['nobody of a group is approved', { a: 0.9, b: 0 }],
    ['everybody of another group is approved', { a: 1, b: 0.5 }],
    ['all or nothing is decided by the group', { a: 1, b: 0 }],
  ])('is raised if %s', (_, rates) => {
    const { add, said } = monitorOf();
    add(rates);
    expect(said).toEqual(['1 b true']);
  });

  it('has no ratio to groups that are never approved', () => {
    const { monitor, add, said } = monitorOf();
    add({ a: 0, b: 0 });
    expect(said).toEqual([]);
    expect(monitor.figures[0]!.groups).toMatchObject([
      { best: true, ratio: null },
      { best: false, ratio: null, below: false },
    ]);
  });

  it('never compares with a group that is too small, or below 1 % of the events', () => {
    const { monitor, add, said } = monitorOf();
    add({ a: 0.6, b: 0.6 });
    add({ tiny: 0.99 }, '1', 1_000); // 10 of them are not favourable
    expect(said).toEqual([]);
    add({ few: 1 }, '1', 9);
    const { groups } = monitor.figures[0]!;
    expect(groups).toMatchObject([
      { group: 'a', best: true, ratio: null },
      { group: 'b', ratio: 1 },
      { group: 'tiny', best: false, tooSmall: false },
      { group: 'few', best: false, tooSmall: true, ratio: null, alwaysValid: null },
    ]);
  });

  it('is not raised for events without a value, and not for values beyond the first 20', () => {
    const { monitor, add, said } = monitorOf();
    add({ '': 0.1, a: 0.9 });
    for (let i = 0; i < 19; i++) add({ [`g${i}`]: 0.9 }, '1', 1000);
    add({ more: 0.1, 'even more': 0.1 }, '1', 10_000);
    expect(said).toEqual([]);
    const { groups } = monitor.figures[0]!;
    expect(groups).toHaveLength(22);
    expect(groups[0]).toMatchObject({ group: '(other)', events: 10_000, ratio: null });
    expect(groups[1]).toMatchObject({ group: '(none)', events: 50_000, ratio: null });
  });
});

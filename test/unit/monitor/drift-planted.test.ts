import { numericSlots } from '../../../src/monitor/reference.ts';
import {
  bundle,
  normalSeries,
  normalShares,
  stream,
  type Shares,
  type TrueSeries,
} from './drift-stream.ts';

/** A bundle has so many series, which share its budget of false alarms. */
const SERIES = 17;

/**
 * Events from a planted change of one series to its alarm, for some seeds, in ascending order. The
 * others of the bundle have no part in that but the budget.
 */
function delays(
  name: string,
  shares: Shares,
  { effect = 0.1, rows = 50_000, change = '' } = {},
): number[] {
  const series = bundle().filter((one) => one.name === name);
  const found = Array.from({ length: 31 }, (_, seed) => {
    const [alarm] = stream({
      series,
      changed: { [name]: shares },
      after: 10_000,
      events: 60_000,
      effect,
      rows,
      falseAlarmsPerMillion: 0.01 / SERIES,
      seed: seed + 1,
    }).alarms;
    expect(alarm?.events).toBeGreaterThan(0);
    if (change !== '') expect(alarm?.change).toBe(change);
    return alarm!.events;
  });
  return found.sort((a, b) => a - b);
}
const medianOf = (sorted: readonly number[]): number => sorted[sorted.length >> 1]!;

const slot = (i: number, share = 1): number[] =>
  normalShares().map((own, at) => (1 - share) * own + (at === i ? share : 0));
const country = (...shares: number[]): Shares => [0, ...shares];

describe('a planted change is found, with its name, in a bundle of 17 series', () => {
  // The references of these are known well, so that nothing is tolerated.
  it.each([
    [0.1, 4250],
    [-0.1, 4250],
    [0.2, 1300],
    [0.5, 300],
  ])('a shift of %d standard deviations, where every change counts', (shift, most) => {
    const change = shift > 0 ? 'higher' : 'lower';
    const found = delays('n0', normalShares({ shift }), { effect: 0, rows: 500_000, change });
    expect(medianOf(found)).toBeLessThanOrEqual(most);
  });

  it.each([
    ['a shift of the effect itself', 'n0', normalShares({ shift: 0.1 }), 'higher', 15_000],
    ['a shift of 0.2', 'n0', normalShares({ shift: 0.2 }), 'higher', 2500],
    ['a shift of 0.5', 'n0', normalShares({ shift: -0.5 }), 'lower', 400],
    ['a score that rises', 'score', normalShares({ shift: 0.2 }), 'higher', 2500],
    ['values that spread', 'n0', normalShares({ spread: 1.2 }), 'more spread', 3000],
    ['values that shrink', 'n0', normalShares({ spread: 0.8 }), 'less spread', 1500],
    ['a sensor that is stuck in the middle', 'n0', slot(6), 'more -0.253347 to 0', 200],
    ['a sensor that is gone', 'n0', slot(0), 'more missing', 200],
    ['a sensor that fails sometimes', 'n0', slot(0, 0.01), 'more missing', 2500],
    [
      'twice as many missing values',
      'sometimes',
      normalShares({ missing: 0.06 }),
      'more missing',
      5000,
    ],
    ['values out of range', 'n0', slot(12, 0.01), 'more above 6', 2500],
    [
      'a new category',
      'country',
      country(0.495, 0.2, 0.1, 0.1, 0.05, 0.03, 0.015, 0.005, 0, 0.005),
      'more never seen',
      5000,
    ],
  ])('%s', (_name, series, shares, change, most) => {
    const found = delays(series, shares, { change });
    expect(medianOf(found)).toBeLessThanOrEqual(most);
  });

  it('says since when', () => {
    const changed = { n0: normalShares({ shift: 0.2 }) };
    const options = { series: bundle(), changed, after: 20_000, events: 60_000 };
    const [alarm] = stream({ ...options, seed: 3, effect: 0 }).alarms;
    const began = (Date.parse(alarm!.since!) - Date.UTC(2026, 0, 1)) / 1000;
    expect(Math.abs(began - 20_000)).toBeLessThan(1500);
  });
});

describe('without a change that matters, there is no alarm', () => {
  it('in a million clean events of 17 series, where every change counts', () => {
    const { alarms } = stream({
      series: bundle(),
      events: 1_000_000,
      seed: 1,
      effect: 0,
      whole: true,
    });
    expect(alarms).toEqual([]);
  });

  it.each([0.05, -0.05])('in a million events after a shift of half the effect (%d)', (shift) => {
    const shares = normalShares({ shift });
    const series = ['n0', 'n1', 'n2', 'n3'].map((name) => normalSeries(name));
    const changed = Object.fromEntries(series.map(({ name }) => [name, shares]));
    const options = { series, changed, events: 1_000_000, effect: 0.1, whole: true };
    expect(stream({ ...options, seed: 5 }).alarms).toEqual([]);
  });
});

describe('a profile of few rows', () => {
  it.each([100, 1000])('of %d rows raises no false alarm by its own error', (rows) => {
    const alarmed = Array.from({ length: 4 }, (_, seed) =>
      stream({ series: bundle(), events: 40_000, seed: seed + 1, effect: 0.1, rows }),
    ).flatMap(({ alarms }) => alarms);
    expect(alarmed).toEqual([]);
  });

  it('still shows a change that is larger than its error', () => {
    const shares = normalShares({ shift: 0.5 });
    expect(medianOf(delays('n0', shares, { rows: 1000, change: 'higher' }))).toBeLessThan(1000);
  });
});

describe('a constant that becomes another one', () => {
  // One slot has all rows, as `chooseBins` makes it of a constant.
  const constant: TrueSeries = {
    name: 'constant',
    shares: [0, 0, 1, 0],
    slots: ([missing, , ...counts]) =>
      numericSlots({ edges: [], counts: counts.slice(0, 1), low: 5, high: 5 }, missing!),
  };

  it.each([
    ['more above 5', [0, 0, 0, 1]],
    ['more below 5', [0, 1, 0, 0]],
    ['more above 5', [0, 0, 0.98, 0.02]],
    ['more missing', [1, 0, 0, 0]],
  ])('is told as %s', (change, shares) => {
    const options = { series: [constant], changed: { constant: shares }, after: 1000, seed: 1 };
    const { alarms } = stream({ ...options, events: 20_000, effect: 0.1 });
    expect(alarms.map((alarm) => alarm.change)).toEqual([change]);
  });
});

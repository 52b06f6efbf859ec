import { addRealised, noSums, RealisedTest } from '../../../src/monitor/realised.ts';
import { Random } from '../../support/memory/random.ts';

/** Labelled alarms until the test says that the odds are no longer those of the scores. */
function foundAfter(factor: number, { perDay = 50, days = 1000, seed = 1 } = {}): number {
  const random = new Random(seed);
  const test = new RealisedTest('1');
  for (let day = 1; day <= days; day++) {
    const sums = noSums();
    for (let i = 0; i < perDay; i++) {
      const rate = 0.25 + random.next() / 2;
      const odds = (rate / (1 - rate)) * factor;
      addRealised(sums, rate, random.chance(odds / (1 + odds)));
    }
    if (test.add('alarms', `day ${day}`, sums)) return day * perDay;
  }
  return Infinity;
}

it.each([
  [0.25, 250],
  [0.5, 1000],
  [2, 1500],
])('finds labels whose odds are %d times the expected ones', (factor, within) => {
  for (const seed of [1, 2, 3, 4, 5]) expect(foundAfter(factor, { seed })).toBeLessThan(within);
});

it('raises no alarm in streams of 200,000 labels, nor within the tolerance', () => {
  for (let seed = 1; seed <= 5; seed++) {
    expect(foundAfter(1, { seed, perDay: 200 })).toBe(Infinity);
    expect(foundAfter(1.2, { seed, days: 200 })).toBe(Infinity);
    expect(foundAfter(1 / 1.2, { seed, days: 200 })).toBe(Infinity);
  }
});

it('an alarm stands until a week of complete days has passed without another one', () => {
  const test = new RealisedTest('1');
  const day = (positives: number) => {
    const sums = noSums();
    for (let i = 0; i < 100; i++) addRealised(sums, 0.5, i < positives);
    return sums;
  };
  expect(test.add('others', 'a', day(50))).toBe(false);
  expect(test.add('others', 'b', day(95))).toBe(true);
  expect(test.figures).toMatchObject([
    { of: 'alarms', events: 0, alarm: null },
    { of: 'others', events: 200, expected: 100, realised: 145, alarm: 'b' },
  ]);
  for (let i = 0; i < 6; i++) test.add('others', 'c', day(50));
  expect(test.add('others', 'c', noSums())).toBe(false); // a day without labels says nothing
  expect(test.figures[1]!.alarm).toBe('b');
  test.add('others', 'd', day(50));
  expect(test.figures[1]!.alarm).toBeNull();
});

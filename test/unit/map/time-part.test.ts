import fc from 'fast-check';
import { TIME_PARTS, type TimePart } from '../../../src/flow/features.ts';
import { timePart } from '../../../src/map/time-part.ts';

/** The parts as Intl has them, each asked for by itself. */
function expected(ms: number, timeZone: string): Record<TimePart, number> {
  const ask = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options }).format(ms);
  const weekday =
    ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(ask({ weekday: 'short' })) + 1;
  return {
    hourOfDay: Number(ask({ hour: '2-digit' })),
    dayOfWeek: weekday,
    dayOfMonth: Number(ask({ day: 'numeric' })),
    monthOfYear: Number(ask({ month: 'numeric' })),
    isWeekend: weekday >= 6 ? 1 : 0,
    epochSeconds: ms / 1000,
  };
}

const actual = (ms: number, timeZone?: string) =>
  Object.fromEntries(TIME_PARTS.map((part) => [part, timePart(part, timeZone)(ms)]));

const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];

describe('parts of a point in time', () => {
  it.each(ZONES)('agree with Intl in %s', (timeZone) => {
    const from = Date.UTC(1972, 0, 8);
    fc.assert(
      fc.property(fc.integer({ min: from, max: Date.UTC(2037, 0) }), (ms) => {
        expect(actual(ms, timeZone)).toEqual(expected(ms, timeZone));
      }),
    );
  });

  it('are those of UTC where no zone is named, before 1970 too', () => {
    expect(actual(0)).toEqual(expected(0, 'UTC'));
    for (const ms of [-1, -86_400_000, Date.UTC(1969, 11, 27, 23, 59), Date.UTC(1912, 1, 29)]) {
      expect(actual(ms)).toEqual(expected(ms, 'UTC'));
    }
  });

  it.each([
    ['Europe/Paris', Date.UTC(2026, 2, 29, 1)], // 02:00 becomes 03:00
    ['Europe/Paris', Date.UTC(2026, 9, 25, 1)], // 03:00 becomes 02:00
    ['America/New_York', Date.UTC(2026, 10, 1, 6)],
    ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)], // by half an hour
    ['Pacific/Apia', Date.UTC(2011, 11, 30, 10)], // a day left out
  ])('change in %s at %p, not before', (timeZone, change) => {
    const hour = timePart('hourOfDay', timeZone);
    const day = timePart('dayOfMonth', timeZone);
    for (const ms of [
      change - 1,
      change,
      change + 1,
      change - 900_001,
      change + 900_000,
      change + 86_400_000,
    ]) {
      const { hourOfDay, dayOfMonth } = expected(ms, timeZone);
      expect([hour(ms), day(ms)]).toEqual([hourOfDay, dayOfMonth]);
    }
  });

  it('stay right when more times were asked for than are remembered', () => {
    const hour = timePart('hourOfDay', 'Europe/Paris');
    const quarter = 900_000;
    for (let i = 0; i < 10_050; i++) hour(i * quarter);
    expect([hour(0), hour(10_049 * quarter)]).toEqual([
      1,
      expected(10_049 * quarter, 'Europe/Paris').hourOfDay,
    ]);
  });

  it.each(TIME_PARTS)('%s of no time is NaN', (part) => {
    for (const timeZone of ['UTC', 'Europe/Paris']) {
      const take = timePart(part, timeZone);
      expect([take(NaN), take(Infinity), take(-1e18)]).toEqual([NaN, NaN, NaN]);
    }
  });

  it('have no zone that does not exist', () => {
    expect(() => timePart('hourOfDay', 'Mars/Base')).toThrow('Mars/Base');
  });
});

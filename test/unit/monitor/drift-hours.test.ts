import { day, flat, streamOfWeeks, week, type HoursOptions } from './hours-stream.ts';

const STREAM: HoursOptions = {
  patterns: { day, week, flat },
  rowsPerHour: 600,
  hours: true,
  weeks: 2,
  eventsPerHour: 300,
  effect: 0.1,
  seed: 1,
};
const changes = (options: Partial<HoursOptions>): string[] =>
  streamOfWeeks({ ...STREAM, ...options }).map(({ series, change }) => `${series} ${change}`);

describe('a stream with patterns of day and week', () => {
  it('raises false alarms against one reference for all hours', () => {
    const found = changes({ hours: false });
    expect(found).toContain('day higher');
    expect(found.some((change) => change.startsWith('week'))).toBe(true);
    expect(found.some((change) => change.startsWith('flat'))).toBe(false);
  });

  it('raises none where each hour of the week has its reference', () => {
    expect(changes({})).toEqual([]);
  });

  it('raises none at a high rate, although the reference of an hour has few rows', () => {
    expect(changes({ weeks: 0.2, eventsPerHour: 10_000, rowsPerHour: 300 })).toEqual([]);
  });

  it('shows a shift that is smaller than the pattern, soon and by its name', () => {
    const alarms = streamOfWeeks({ ...STREAM, shift: { week: 0.25 } });
    expect(alarms.map(({ series, change }) => `${series} ${change}`)).toEqual(['week higher']);
    // The shift begins with the second week. A reference of 600 rows tolerates 0.16 of it.
    const [{ raisedAt, since }] = alarms as [(typeof alarms)[0]];
    const hours = (Date.parse(raisedAt) - Date.UTC(2026, 0, 12)) / 3_600_000;
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThan(48);
    expect(Date.parse(since!)).toBeGreaterThan(Date.UTC(2026, 0, 11));
  });
});

import { Fates } from '../../../src/flow/fates.ts';
import { NULL, VALUE, type Column } from '../../../src/flow/events.ts';
import { hourOfWeek } from '../../../src/monitor/hours.ts';
import { ProfileBuilder } from '../../../src/monitor/profile-builder.ts';
import { profileSchema } from '../../../src/monitor/profile.ts';
import type { SeriesField } from '../../../src/monitor/series.ts';

const MODEL = { name: 'm', version: '1', sha256: 'ab' };
const HOUR = 3_600_000;
const FIELDS: readonly SeriesField[] = [
  { name: 'amount', field: 'amount', kind: 'numeric', slot: 0, width: 1 },
  { name: 'readings[1]', field: 'readings', element: 1, kind: 'numeric', slot: 1, width: 2 },
  { name: 'country', field: 'country', kind: 'categorical', slot: 2, width: 1 },
];

interface Row {
  readonly amount: number | null;
  readonly reading: number;
  readonly country: string | null;
}

function columnsOf(rows: readonly Row[]): Column[] {
  const state = (of: (row: Row) => unknown) =>
    Uint8Array.from(rows, (row) => (of(row) === null ? NULL : VALUE));
  return [
    {
      as: 'number',
      width: 1,
      state: state(({ amount }) => amount),
      values: Float64Array.from(rows, ({ amount }) => amount ?? 0),
    },
    {
      as: 'number',
      width: 2,
      state: new Uint8Array(rows.length * 2),
      values: Float64Array.from(rows.flatMap(({ reading }) => [0, reading])),
    },
    {
      as: 'text',
      width: 1,
      state: state(({ country }) => country),
      values: rows.map(({ country }) => country ?? ''),
    },
  ];
}

function built(
  rows: readonly Row[],
  options: { times?: number[]; maxRows?: number; dead?: number[] } = {},
) {
  const builder = new ProfileBuilder({
    series: { fields: FIELDS, leftOut: [{ name: 'hourOfDay of time', why: 'clock' }] },
    model: MODEL,
    seed: 1,
    hours: true,
    ...(options.maxRows === undefined ? {} : { maxRows: options.maxRows }),
  });
  const fates = new Fates(rows.length);
  for (const row of options.dead ?? []) fates.kill(row, 'map', 'FIELD_NULL', '');
  builder.add({
    columns: columnsOf(rows),
    fates,
    score: Float64Array.from(rows, (_, i) => i / rows.length),
    times: Float64Array.from(options.times ?? rows.map(() => NaN)),
  });
  return builder.build();
}

describe('a profile of rows', () => {
  it('counts bins, categories and missing values of living rows', () => {
    const rows = Array.from({ length: 101 }, (_, i) => ({
      amount: i % 10 === 0 ? null : i,
      reading: 3,
      country: i % 4 === 0 ? null : i % 4 === 1 ? 'DE' : 'FR',
    }));
    const profile = built(rows, { dead: [100] })!;
    expect(profileSchema.parse(profile)).toEqual(profile);
    expect(profile).toMatchObject({ rows: 100, read: 100, from: null, to: null, model: MODEL });
    const [amount, readings, country] = profile.features;
    expect(amount).toMatchObject({ kind: 'numeric', missing: 10, low: 0, high: 99 + 0.05 * 98 });
    expect(readings).toMatchObject({ element: 1, edges: [], counts: [100], low: 3, high: 3 });
    expect(country).toEqual({
      name: 'country',
      field: 'country',
      kind: 'categorical',
      missing: 25,
      categories: ['FR', 'DE'],
      counts: [50, 25],
      others: 0,
      otherCategories: [],
    });
    expect(profile.leftOut).toEqual([{ name: 'hourOfDay of time', why: 'clock' }]);
    expect(profile.hourOfWeek).toBeUndefined();
  });

  it('names the twenty most frequent categories, and knows the others', () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      amount: 1,
      reading: 1,
      country: i < 276 ? `c${i % 23}` : 'c0',
    }));
    const country = built(rows)!.features[2]!;
    if (country.kind !== 'categorical') throw new Error(country.kind);
    expect(country.categories).toHaveLength(20);
    expect(country.categories[0]).toBe('c0');
    expect(country.others).toBe(36);
    expect(country.otherCategories).toHaveLength(3);
  });

  it('counts a uniform sample of a long input, the same rows everywhere', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ amount: i, reading: i, country: 'a' }));
    const profile = built(rows, { maxRows: 500 })!;
    expect(profileSchema.safeParse(profile).success).toBe(true);
    expect(profile).toMatchObject({ rows: 500, read: 5000 });
    const [amount, readings] = profile.features;
    expect({ ...amount, name: '', field: '' }).toEqual({
      ...readings,
      name: '',
      field: '',
      element: undefined,
    });
    if (amount?.kind !== 'numeric') throw new Error();
    expect(amount.edges[4]).toBeGreaterThan(2000);
    expect(amount.edges[4]).toBeLessThan(3000);
    expect(built(rows, { maxRows: 500 })).toEqual(profile);
  });

  it('has references by the hour of the week from two weeks on', () => {
    const count = 168 * 310;
    const rows = Array.from({ length: count }, (_, i) => ({
      amount: i % 168,
      reading: 0,
      country: 'a',
    }));
    const monday = Date.UTC(2026, 10, 23);
    const times = rows.map((_, i) => monday + (i % 336) * HOUR);
    const { hourOfWeek: hours } = built(rows, { times })!;
    expect(hours).toBeUndefined(); // an hour is missing to two weeks
    times[0] = monday + 336 * HOUR;
    const whole = built(rows, { times })!;
    expect(profileSchema.safeParse(whole).success).toBe(true);
    expect(whole.hourOfWeek!.rows).toEqual(new Array(168).fill(310));
    expect(whole.hourOfWeek!.features['amount']![0]).toEqual([
      0,
      310,
      ...new Array<number>(9).fill(0),
    ]);
    expect(whole.from).toBe('2026-11-23T00:00:00.000Z');
  });

  it('does not exist without a row', () => {
    expect(built([])).toBeUndefined();
  });
});

describe('the hour of the week', () => {
  it('begins on Monday, also before 1970', () => {
    expect(hourOfWeek(Date.UTC(2026, 10, 23))).toBe(0);
    expect(hourOfWeek(Date.UTC(2026, 10, 29, 23, 59))).toBe(167);
    expect(hourOfWeek(Date.UTC(1969, 11, 29, 1))).toBe(1);
    expect(hourOfWeek(NaN)).toBe(255);
  });
});

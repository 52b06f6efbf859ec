import fc from 'fast-check';
import { ABSENT, NULL, VALUE, type Column } from '../../../src/flow/events.ts';
import type { FeatureReference } from '../../../src/monitor/profile.ts';
import {
  isOutside,
  referenceSeries,
  type ReferenceSeries,
} from '../../../src/monitor/profile-series.ts';
import { slotsOf } from '../../../src/monitor/reference.ts';
import { createSlotCodes } from '../../../src/monitor/slot-codes.ts';

const NUMBER: FeatureReference = {
  name: 'n',
  field: 'n',
  kind: 'numeric',
  edges: [1, 2.5],
  counts: [30, 30, 30],
  low: 0,
  high: 10,
  missing: 0,
};
const CATEGORY: FeatureReference = {
  name: 'c',
  field: 'c',
  kind: 'categorical',
  categories: ['DE', '7'],
  counts: [50, 20],
  others: 10,
  otherCategories: ['IT'],
  missing: 10,
};

function seriesOf(reference: FeatureReference, width = 1, element = 0): ReferenceSeries {
  const { name, field, kind } = reference;
  return {
    name,
    field: { name, field, kind, slot: 0, width, element },
    reference,
    slots: slotsOf(reference),
    hours: undefined,
  };
}

const namesOf = (series: ReferenceSeries, column: Column, rows: number): string[] =>
  Array.from(slotsIn(series, column, rows), (code) => series.slots.names[code]!);

/** The slots of the rows; their counts have to be those of the batch. */
function slotsIn(series: ReferenceSeries, column: Column, rows: number): Uint8Array {
  const codes = createSlotCodes([series]);
  const slots = codes.of(0, [column], rows);
  const counts = new Int32Array(series.slots.names.length);
  for (const slot of slots) counts[slot]!++;
  expect(codes.counts([column], rows)).toEqual(counts);
  return slots;
}

const numbers = (values: readonly number[], state?: readonly number[]): Column => ({
  as: 'number',
  width: 1,
  values: Float64Array.from(values),
  state: Uint8Array.from(state ?? values.map(() => VALUE)),
});

describe('the slots of a number', () => {
  const series = seriesOf(NUMBER);

  it('are its bin, or that it is missing or out of range', () => {
    const values = [-0.1, 0, 0.99, 1, 2.5, 10, 10.000000000000002, NaN, 0, 0, Infinity, -Infinity];
    const state = values.map((_, i) => (i === 8 ? NULL : i === 9 ? ABSENT : VALUE));
    expect(namesOf(series, numbers(values, state), values.length)).toEqual([
      'below 0',
      '< 1',
      '< 1',
      '1 to 2.5',
      '>= 2.5',
      '>= 2.5',
      'above 10',
      'missing',
      'missing',
      'missing',
      'above 10',
      'below 0',
    ]);
  });

  it('are counted without what only looks like a value', () => {
    const state = [NULL, ABSENT, VALUE, NULL];
    const names = namesOf(series, numbers([0, 0, 0, 3], state), 4);
    expect(names).toEqual(['missing', 'missing', '< 1', 'missing']);
  });

  it.each([0, 1, 8, 17, 1024, 2500])('are counted for %i rows', (rows) => {
    const values = Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? NaN : (i % 24) - 1));
    const state = values.map((_, i) => (i % 1500 === 1499 ? NULL : VALUE));
    expect(slotsIn(series, numbers(values, state), rows)).toHaveLength(rows);
  });

  it('are those of a search through all edges, however many there are', () => {
    const edge = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    const value = fc.oneof(edge, fc.constantFrom(Infinity, -Infinity, 0, -0));
    fc.assert(
      fc.property(fc.uniqueArray(edge, { maxLength: 40 }), fc.array(value), (some, values) => {
        const edges = Float64Array.from(some).sort();
        const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 0];
        const reference = {
          ...NUMBER,
          edges: [...edges.subarray(1)],
          counts: new Array<number>(Math.max(1, edges.length)).fill(1),
          low,
          high,
        } as FeatureReference;
        const codes = slotsIn(seriesOf(reference), numbers(values), values.length);
        const last = slotsOf(reference).names.length - 1;
        values.forEach((one, row) => {
          const bin = 2 + [...edges.subarray(1)].filter((bound) => one >= bound).length;
          expect(codes[row]).toBe(one < low ? 1 : one > high ? last : bin);
        });
      }),
    );
  });

  it('are read of an element of an array, and of 64-bit integers', () => {
    const column: Column = {
      as: 'number',
      width: 3,
      values: Float64Array.of(0, 1, 0, 0, -5, 0),
      state: Uint8Array.of(VALUE, VALUE, NULL, VALUE, VALUE, VALUE),
    };
    expect(namesOf(seriesOf(NUMBER, 3, 1), column, 2)).toEqual(['1 to 2.5', 'below 0']);
    expect(namesOf(seriesOf(NUMBER, 3, 2), column, 2)).toEqual(['missing', '< 1']);
    const long: Column = {
      as: 'long',
      width: 1,
      values: BigInt64Array.of(2n, 99n),
      state: Uint8Array.of(VALUE, VALUE),
    };
    expect(namesOf(series, long, 2)).toEqual(['1 to 2.5', 'above 10']);
  });

  it('are outside of the profile where the reference has no such value', () => {
    const outside = series.slots.names.filter((_, slot) => isOutside(series, slot));
    expect(outside).toEqual(['missing', 'below 0', 'above 10']);
    const sometimes = seriesOf({ ...NUMBER, counts: [30, 30, 20], missing: 10 });
    expect(isOutside(sometimes, 0)).toBe(false);
  });
});

describe('the names of slots', () => {
  it('are all different, also where edges are close to each other', () => {
    const edges = [0.123456781, 0.123456782];
    const { names } = slotsOf({ ...NUMBER, edges, low: 0, high: 1 });
    expect(names).toContain('0.123456781 to 0.123456782');
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the slots of a category', () => {
  const text = (values: readonly string[]): Column => ({
    as: 'text',
    width: 1,
    values: [...values],
    state: Uint8Array.from(values, (value) => (value === '' ? NULL : VALUE)),
  });

  it('are its name, or that it is missing, rare or new', () => {
    const values = ['DE', '', 'IT', 'XX', '7', 'XX'];
    const wanted = ['= DE', 'missing', 'other', 'never seen', '= 7', 'never seen'];
    expect(namesOf(seriesOf(CATEGORY), text(values), 6)).toEqual(wanted);
    expect(namesOf(seriesOf(CATEGORY), numbers([7, 8]), 2)).toEqual(['= 7', 'never seen']);
  });

  it('are never new where not all are known', () => {
    const open = seriesOf({ ...CATEGORY, otherCategories: null });
    expect(namesOf(open, text(['XX']), 1)).toEqual(['other']);
    expect(open.slots.names.filter((_, slot) => isOutside(open, slot))).toEqual([]);
    const closed = seriesOf(CATEGORY);
    expect(closed.slots.names.filter((_, slot) => isOutside(closed, slot))).toEqual(['never seen']);
  });
});

describe('a profile', () => {
  const profile = {
    version: 1 as const,
    model: { name: 'm', version: '1', sha256: 'ab' },
    rows: 90,
    read: 90,
    from: null,
    to: null,
    features: [NUMBER],
    leftOut: [],
    score: { edges: [], counts: [90], low: 0, high: 1 },
  };
  const field = { name: 'n', field: 'n', kind: 'numeric' as const, slot: 0, width: 1 };
  const fitting = (fields: readonly (typeof field)[]) =>
    referenceSeries(profile, { fields, leftOut: [] });

  it('fits the series of the model, and the score is one more', () => {
    const fitted = fitting([field]);
    expect('series' in fitted && fitted.series.map(({ name }) => name)).toEqual(['n', 'score']);
  });

  it('does not fit another model', () => {
    expect(fitting([field, { ...field, name: 'x' }])).toEqual({
      problem: 'the profile has no feature x',
    });
    expect(fitting([])).toEqual({
      problem: 'the profile has the feature n, which the model does not read',
    });
    expect(fitting([{ ...field, kind: 'categorical' as never }])).toEqual({
      problem: 'the profile has n as another kind than categorical',
    });
  });
});

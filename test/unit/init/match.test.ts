import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { identifiers, matchInputs, type Target } from '../../../src/init/match.ts';
import { checkFeature } from '../../../src/map/feature-check.ts';
import type { InputSignature } from '../../../src/flow/features.ts';

const EVENT = parseSchema({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'deviceId', type: 'string' },
    { name: 'temperature', type: 'double' },
    { name: 'vibrationRms', type: ['null', 'float'], default: null },
    { name: 'running', type: 'boolean' },
    { name: 'mode', type: { type: 'enum', name: 'Mode', symbols: ['ECO', 'FAST'] } },
    {
      name: 'machine',
      type: {
        type: 'record',
        name: 'Machine',
        fields: [
          { name: 'ageDays', type: 'int' },
          { name: 'site', type: 'string' },
        ],
      },
    },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'takenAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
});

/** Types are checked as `check` does. */
const TARGET: Target = {
  event: EVENT,
  check: (feature, found, type) => checkFeature(feature, found, type, ''),
};

const input = (name: string, given: Partial<InputSignature> = {}): InputSignature => ({
  name,
  type: 'float32',
  columns: 1,
  flat: false,
  rows: null,
  ...given,
});

const fieldOf = (name: string, given?: Partial<InputSignature>): string | undefined =>
  matchInputs([input(name, given)], TARGET, undefined)[0]!.columns[0]!.field;

describe('an input is matched with a field', () => {
  it.each([
    ['of the same name', 'temperature', 'temperature'],
    ['of the same name but for case and punctuation', 'VIBRATION_RMS', 'vibrationRms'],
    ['by its whole path', 'machine_age_days', 'machine.ageDays'],
    ['by the end of its path', 'ageDays', 'machine.ageDays'],
    ['by the nearest spelling', 'temprature', 'temperature'],
  ])('%s', (_how, name, field) => {
    expect(fieldOf(name)).toBe(field);
  });

  it('of text, where it takes text', () => {
    const [drafted] = matchInputs([input('site', { type: 'string' })], TARGET, undefined);
    expect(drafted!.columns).toEqual([
      { wanted: 'site', field: 'machine.site', notes: [], todo: false },
    ]);
  });

  it('or with none, which a person is told', () => {
    const [drafted] = matchInputs([input('pressure')], TARGET, undefined);
    expect(drafted!.columns).toMatchObject([{ wanted: 'pressure', field: undefined, todo: true }]);
    expect(drafted!.columns[0]!.notes[0]).toContain('the event has no field pressure');
  });
});

describe('of several fields with one name', () => {
  const value = {
    type: 'record',
    name: 'Value',
    fields: [
      { name: 'amount', type: 'double' },
      { name: 'country', type: 'double' },
    ],
  };
  const drafting = (fields: object[], name: string) => {
    const event = parseSchema({ type: 'record', name: 'Envelope', fields });
    return matchInputs([input(name)], { ...TARGET, event }, undefined)[0]!.columns[0]!;
  };

  it('the one after the change is drafted of an envelope, and both are named', () => {
    const change = [
      { name: 'before', type: ['null', value] },
      { name: 'after', type: ['null', 'Value'] },
    ];
    const column = drafting(change, 'amount');
    expect(column).toMatchObject({ field: 'after.amount', todo: true });
    expect(column.notes[0]).toContain('before.amount, after.amount');
  });

  it('none is drafted otherwise, and all are named', () => {
    const column = drafting(
      [
        { name: 'billing', type: value },
        { name: 'shipping', type: 'Value' },
      ],
      'country',
    );
    expect(column).toMatchObject({ field: undefined, todo: true });
    expect(column.notes[0]).toContain('billing.country, shipping.country');
  });
});

describe('a matrix that an array feeds', () => {
  const event = parseSchema({
    type: 'record',
    name: 'Window',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'level', type: 'double' },
      { name: 'readings', type: { type: 'array', items: 'double' } },
      { name: 'steps', type: { type: 'array', items: { type: 'array', items: 'double' } } },
    ],
  });
  const draft = (name: string, columns: number) =>
    matchInputs([input(name, { columns })], { ...TARGET, event }, undefined)[0]!;

  it('takes the array of its name', () => {
    expect(draft('readings', 30).columns).toMatchObject([
      { field: 'readings', vector: 30, todo: false },
    ]);
  });

  it('of several dimensions takes arrays of arrays, and one of a single number a step a vector', () => {
    const of = (name: string, inner: number[]) =>
      matchInputs([input(name, { columns: 30, inner })], { ...TARGET, event }, undefined)[0]!
        .columns;
    expect(of('steps', [10, 3])).toMatchObject([{ field: 'steps', matrix: [10, 3], todo: false }]);
    expect(of('readings', [30, 1])).toMatchObject([{ field: 'readings', vector: 30, todo: false }]);
  });

  it('takes the only array where the numbers are not as many as its columns, to be confirmed', () => {
    expect(draft('input', 30).columns).toMatchObject([
      { field: 'readings', vector: 30, todo: true },
    ]);
    expect(draft('input', 1).columns[0]).not.toHaveProperty('vector');
  });
});

describe('what a person should look at', () => {
  it('is null, which is NaN to trees and nothing to other models', () => {
    const columnOf = (nanIsMissing: boolean) =>
      matchInputs([input('vibrationRms')], { ...TARGET, nanIsMissing }, undefined)[0]!.columns[0]!;
    expect(columnOf(true).missing).toBeNaN();
    expect(columnOf(true).notes[0]).toContain('null becomes NaN');
    expect(columnOf(false)).not.toHaveProperty('missing');
  });

  const columnFor = (name: string) => matchInputs([input(name)], TARGET, undefined)[0]!.columns[0]!;

  it('is a field taken for another name', () => {
    expect(columnFor('temprature')).toMatchObject({
      todo: true,
      notes: ['used for temprature: is it the same?'],
    });
  });

  it('is a field that may be null', () => {
    expect(columnFor('vibrationRms')).toMatchObject({
      todo: false,
      notes: [expect.stringContaining('may be null')],
    });
  });

  it('is a time, which may be wanted in part', () => {
    expect(columnFor('takenAt')).toMatchObject({
      todo: false,
      notes: [expect.stringContaining('part: hourOfDay')],
    });
  });

  it('is a field that two columns were matched with', () => {
    const [first, second] = matchInputs(
      [input('vibration_rms'), input('vibrationRm')],
      TARGET,
      undefined,
    );
    expect(first!.columns[0]).toMatchObject({ field: 'vibrationRms', todo: true });
    expect(first!.columns[0]!.notes[0]).toBe('also used for vibrationRm');
    expect(second!.columns[0]!.notes[0]).toBe('also used for vibration_rms');
  });

  it('is a type that the model does not take, in the words of check', () => {
    const [drafted] = matchInputs([input('temperature', { type: 'string' })], TARGET, undefined);
    expect(drafted!.columns[0]).toMatchObject({ field: 'temperature', todo: true });
    expect(drafted!.columns[0]!.notes[0]).toBe(
      'temperature is double, but the model takes a string. Choose a string or enum field.',
    );
  });

  it('is not a field of another type, however alike its name', () => {
    expect(fieldOf('devicId')).toBeUndefined();
    expect(fieldOf('devicId', { type: 'string' })).toBe('deviceId');
  });

  it('is the order of an enum’s symbols, and the categories of a text', () => {
    expect(columnFor('mode')).toMatchObject({ categories: ['ECO', 'FAST'], todo: true });
    expect(columnFor('deviceId')).toMatchObject({ field: 'deviceId', todo: true });
  });
});

describe('a matrix', () => {
  const drafted = (columns: number | null, names?: string[]) =>
    matchInputs([input('features', { columns })], TARGET, names)[0]!;
  const matrix = (columns: number | null, names?: string[]) => drafted(columns, names).columns;

  it('is matched column by column where the model names them', () => {
    expect(matrix(2, ['AGE_DAYS', 'temperature']).map(({ field }) => field)).toEqual([
      'machine.ageDays',
      'temperature',
    ]);
  });

  it('without names gets the number fields in their order, which is a guess', () => {
    const { columns, todo } = drafted(5);
    expect(columns.map(({ field }) => field)).toEqual([
      'temperature',
      'vibrationRms',
      'running',
      'machine.ageDays',
      'takenAt',
    ]);
    expect(todo).toContain('the order of the training');
    expect(columns[1]!.notes).toEqual([expect.stringContaining('may be null')]);
  });

  it('of another width gets them too, and is told how many it wants', () => {
    expect(drafted(7).todo).toContain('7 columns without names, and the event has 5 number fields');
    expect(drafted(7, ['one']).todo).toContain('7 columns without names');
  });
});

it('identifiers are the texts that say so by their name', () => {
  expect(identifiers(EVENT)).toEqual(['deviceId']);
});

import { parseSchema } from '../../../src/decode/avro-shape.ts';
import { identifiers, matchInputs } from '../../../src/draft/match.ts';
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
    { name: 'machine', type: { type: 'record', name: 'Machine', fields: [{ name: 'ageDays', type: 'int' }, { name: 'site', type: 'string' }] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}); // prettier-ignore

const input = (name: string, given: Partial<InputSignature> = {}): InputSignature => ({
  name,
  type: 'float32',
  columns: 1,
  flat: false,
  rows: null,
  ...given,
});

const fieldOf = (name: string, given?: Partial<InputSignature>): string | undefined =>
  matchInputs([input(name, given)], EVENT, undefined)[0]!.columns[0]!.field;

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
    const [drafted] = matchInputs([input('site', { type: 'string' })], EVENT, undefined);
    expect(drafted!.columns).toEqual([{ wanted: 'site', field: 'machine.site', notes: [], todo: false }]);
  });

  it('or with none, which a person is told', () => {
    const [drafted] = matchInputs([input('pressure')], EVENT, undefined);
    expect(drafted!.columns).toMatchObject([{ wanted: 'pressure', field: undefined, todo: true }]);
    expect(drafted!.columns[0]!.notes[0]).toContain('no field is called pressure');
  });
});

describe('what a person should look at', () => {
  const columnFor = (name: string) => matchInputs([input(name)], EVENT, undefined)[0]!.columns[0]!;

  it('is a field taken for another name', () => {
    expect(columnFor('temprature').notes).toEqual(['taken for temprature']);
  });

  it('is a field that may be null', () => {
    expect(columnFor('vibrationRms')).toMatchObject({ todo: false, notes: [expect.stringContaining('may be null')] });
  });

  it('is the order of an enum’s symbols, and the categories of a text', () => {
    expect(columnFor('mode')).toMatchObject({ categories: ['ECO', 'FAST'], todo: true });
    expect(columnFor('deviceId')).toMatchObject({ field: 'deviceId', todo: true });
  });
});

describe('a matrix', () => {
  const matrix = (columns: number | null, names?: string[]) =>
    matchInputs([input('features', { columns })], EVENT, names)[0]!.columns;

  it('is matched column by column where the model names them', () => {
    expect(matrix(2, ['AGE_DAYS', 'temperature']).map(({ field }) => field)).toEqual([
      'machine.ageDays',
      'temperature',
    ]);
  });

  it('without names gets the number fields in their order, which is a guess', () => {
    const columns = matrix(4);
    expect(columns.map(({ field }) => field)).toEqual(['temperature', 'vibrationRms', 'running', 'machine.ageDays']);
    expect(columns.every(({ todo }) => todo)).toBe(true);
    expect(columns[0]!.notes[0]).toContain('order it was trained with');
  });

  it('of another width gets them too, and is told how many it wants', () => {
    expect(matrix(7)[0]!.notes[0]).toContain('7 columns without names, the event 4 number fields');
    expect(matrix(7, ['one'])[0]!.notes[0]).toContain('7 columns without names');
  });
});

it('identifiers are the texts that say so by their name', () => {
  expect(identifiers(EVENT)).toEqual(['deviceId']);
});

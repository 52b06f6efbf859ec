import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { differenceOf } from '../../../src/encode/as-registered.ts';

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const record = (name: string, ...fields: object[]) => ({ type: 'record', name, fields });
const difference = (ours: unknown, theirs: unknown) =>
  differenceOf(parseSchema(ours), parseSchema(theirs));
const OURS = record('A', field('id', 'string'), field('age', 'int'));

describe('a schema that is registered', () => {
  it('is as good as ours by other names, documentation, aliases and defaults', () => {
    const theirs = {
      ...record(
        'b.Other',
        field('id', 'string', { doc: 'x' }),
        field('age', 'int', { default: 0, aliases: ['old'] }),
      ),
      doc: 'y',
    };
    expect(difference(OURS, theirs)).toBeUndefined();
  });

  it.each([
    [
      'another name of the same type',
      record('A', field('id', 'string'), field('number', 'int')),
      'field 2 of the record is number in the registry, but age here',
    ],
    [
      'another order',
      record('A', field('age', 'int'), field('id', 'string')),
      'field 1 of the record is age in the registry, but id here',
    ],
    [
      'one field more',
      record('A', field('id', 'string'), field('age', 'int'), field('x', 'int', { default: 0 })),
      'field 3 of the record is x in the registry, but missing here',
    ],
    [
      'one field less',
      record('A', field('id', 'string')),
      'field 2 of the record is missing in the registry, but age here',
    ],
    [
      'a promotion',
      record('A', field('id', 'string'), field('age', 'long')),
      'age is long in the registry, but int here',
    ],
    [
      'text as bytes',
      record('A', field('id', 'bytes'), field('age', 'int')),
      'id is bytes in the registry, but string here',
    ],
    [
      'a time',
      record('A', field('id', 'string'), field('age', { type: 'int', logicalType: 'date' })),
      'age is date (int) in the registry, but int here',
    ],
  ])('is not, with %s', (_name, theirs, what) => {
    expect(difference(OURS, theirs)).toBe(what);
  });

  it.each([
    [
      'units',
      { type: 'long', logicalType: 'timestamp-millis' },
      { type: 'long', logicalType: 'timestamp-micros' },
    ],
    [
      'kinds of a time',
      { type: 'int', logicalType: 'date' },
      { type: 'int', logicalType: 'time-millis' },
    ],
    [
      'scales',
      { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
      { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 3 },
    ],
    ['orders of branches', ['null', 'int'], ['int', 'null']],
    ['numbers of branches', ['null', 'int'], ['null', 'int', 'string']],
    [
      'records of the same fields in a union',
      [record('X', field('a', 'int')), record('Y', field('a', 'int'))],
      [record('Y', field('a', 'int')), record('X', field('a', 'int'))],
    ],
    [
      'symbols',
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      { type: 'enum', name: 'E', symbols: ['B', 'A'] },
    ],
    ['sizes', { type: 'fixed', name: 'F', size: 4 }, { type: 'fixed', name: 'F', size: 5 }],
    ['items', { type: 'array', items: 'int' }, { type: 'array', items: 'long' }],
    ['values', { type: 'map', values: 'int' }, { type: 'map', values: 'long' }],
  ])('is not, with other %s', (_name, ours, theirs) => {
    expect(
      difference(record('A', field('x', ours)), record('A', field('x', theirs))),
    ).toBeDefined();
    expect(
      difference(record('A', field('x', ours)), record('B', field('x', ours))),
    ).toBeUndefined();
  });

  it('is compared in its size, however often its types are used, and where they contain themselves', () => {
    const deep = (leaf: unknown) => {
      const layers = Array.from({ length: 40 }, (_, i) =>
        record(
          `R${i}`,
          field('a', i === 39 ? leaf : { ...record(`R${i + 1}`) }),
          field('b', `R${i + 1}`),
        ),
      );
      return layers.reduceRight<object | undefined>((inner, layer) => {
        const [a, b] = layer.fields as [object, object];
        return inner === undefined
          ? record('R39', a, field('b', leaf))
          : { ...layer, fields: [{ ...a, type: inner }, b] };
      }, undefined);
    };
    expect(difference(deep('int'), deep('int'))).toBeUndefined();
    expect(difference(deep('int'), deep('long'))).toContain('is long in the registry');
    const list = record('List', field('next', ['null', 'List']), field('value', 'int'));
    expect(difference(list, list)).toBeUndefined();
  });
});

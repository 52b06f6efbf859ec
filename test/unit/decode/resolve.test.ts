import { SchemaError } from '../../../src/decode/avro-names.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { ByteSink } from '../../../src/decode/byte-sink.ts';
import { CarryPlanner, isCopy } from '../../../src/decode/carry-plan.ts';
import { rewriteBy } from '../../../src/decode/carry-rewrite.ts';
import { floatOf, rescaled } from '../../../src/decode/exact.ts';
import { Resolver } from '../../../src/decode/resolve.ts';

const record = (name: string, fields: Record<string, unknown>, more: object = {}) => ({
  type: 'record',
  name,
  ...more,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});
const plan = (writer: unknown, reader: unknown) =>
  new CarryPlanner(new Resolver()).plan(parseSchema(writer), parseSchema(reader));
const rewrite = (writer: unknown, reader: unknown, ...bytes: number[]) => [
  ...rewriteBy(plan(writer, reader))(Buffer.from(bytes)),
];
const branch = (writer: unknown, reader: unknown[]) =>
  new Resolver().side(parseSchema(writer), parseSchema(reader))?.branch;
const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('the branch of a union', () => {
  const x = { x: 'int' };
  it.each<[string, unknown, unknown[], number | undefined]>([
    ['by full name', record('a.R', x), [record('b.R', x), record('a.R', x)], 1],
    [
      'by alias before the plain name',
      record('a.R', x),
      [record('b.R', x), record('c.S', x, { aliases: ['a.R'] })],
      1,
    ],
    ['by plain name before what fits', record('a.R', x), [record('b.Q', x), record('b.R', x)], 1],
    ['by what fits', record('a.R', x), [record('P', { y: 'int' }), record('Q', x)], 1],
    ['none', record('a.R', x), ['null', record('P', { y: 'int' })], undefined],
    ['by promotion', 'int', ['string', 'float', 'double'], 1],
    ['itself before a promotion', 'int', ['double', 'int'], 1],
    [
      'by alias where the one of the full name does not fit',
      record('a.R', x),
      [record('a.R', { y: 'int' }), record('a.S', x, { aliases: ['a.R'] })],
      1,
    ],
    [
      'no other record where one has its name',
      record('a.R', x),
      [record('a.R', { y: 'int' }), record('b.P', x)],
      0,
    ],
    [
      'no fixed of another size',
      { type: 'fixed', name: 'a.F', size: 2 },
      [{ type: 'fixed', name: 'b.F', size: 3 }],
      undefined,
    ],
    [
      'no enum of another name',
      { type: 'enum', name: 'E', symbols: ['A'] },
      [{ type: 'enum', name: 'F', symbols: ['A'] }],
      undefined,
    ],
  ])('%s', (_name, writer, reader, index) => {
    expect(branch(writer, reader)).toBe(index);
  });
});

describe('carried bytes', () => {
  it('fail for a value alone', () => {
    const e = (...symbols: string[]) => ({ type: 'enum', name: 'E', symbols });
    expect(rewrite(e('A', 'B'), e('B'), 2)).toEqual([0]);
    expect(thrown(() => rewrite(e('A', 'B'), e('B'), 0))).toMatchObject({ code: 'FIELD_TYPE' });
    expect(rewrite(['int', 'string'], ['null', 'int'], 0, 6)).toEqual([2, 6]);
    expect(thrown(() => rewrite(['int', 'string'], ['null', 'int'], 2, 0))).toMatchObject({
      code: 'FIELD_TYPE',
    });
  });

  it('take the fields in the order of the reader, with defaults', () => {
    const reader = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'b', type: 'int' },
        { name: 'n', type: 'int', default: 3 },
        { name: 'a', type: 'long' },
      ],
    };
    expect(rewrite(record('R', { a: 'int', c: 'string', b: 'int' }), reader, 2, 2, 120, 4)).toEqual(
      [4, 6, 2],
    );
  });

  it('take a field by an alias where the records are the same by name', () => {
    const reader = (name: string, ...fields: object[]) => ({ type: 'record', name, fields });
    const c = { name: 'c', type: 'int', aliases: ['a'], default: 3 };
    expect(rewrite(record('a.R', { a: 'int' }), reader('b.R', c), 8)).toEqual([8]);
    expect(rewrite(record('a.R', { a: 'int' }), reader('a.Q', c), 8)).toEqual([6]);
    const d = { ...c, name: 'd', default: 4 };
    expect(rewrite(record('R', { a: 'int' }), reader('R', c, d), 10)).toEqual([6, 10]);
  });

  it('keep a record that stands in itself by way of an array, a map or a union, and another record', () => {
    const written = record('Inner', { o: 'Outer', v: 'int' });
    const read = record('Inner', { v: 'int', o: 'Outer' });
    const inside = (entry: (type: unknown) => unknown) =>
      [
        record('Outer', { n: 'int', inner: entry(written) }),
        record('Outer', { inner: entry(read), n: 'long' }),
      ] as const;
    // Outer 1 with an Inner of the Outer 2, which has none, and v 3: the other way round in the
    // reader.
    expect(rewrite(...inside((items) => ({ type: 'array', items })), 2, 2, 4, 0, 6, 0)).toEqual([
      2, 6, 0, 4, 0, 2,
    ]);
    expect(rewrite(...inside((type) => ['null', type]), 2, 2, 4, 0, 6)).toEqual([2, 6, 0, 4, 2]);
    expect(
      rewrite(...inside((values) => ({ type: 'map', values })), 2, 2, 2, 0x61, 4, 0, 6, 0),
    ).toEqual([2, 2, 0x61, 6, 0, 4, 0, 2]);
  });

  it('have a bound where elements take no bytes', () => {
    const many = [0x80, 0xa8, 0xd6, 0xb9, 7, 0];
    const array = (items: unknown) => ({ type: 'array', items });
    expect(thrown(() => rewrite(array(['null']), array('null'), ...many))).toBeDefined();
    const grown = { type: 'record', name: 'R', fields: [{ name: 'd', type: 'int', default: 3 }] };
    expect(thrown(() => rewrite(array(record('R', {})), array(grown), ...many))).toMatchObject({
      code: 'AVRO_COUNT_TOO_LARGE',
    });
  });

  it('are as they were where only branches were added behind', () => {
    expect(isCopy(plan(['null', 'int'], ['null', 'int', 'string']))).toBe(true);
    expect(isCopy(plan(['int', 'null'], ['null', 'int']))).toBe(false);
  });
});

it('rounds a long to a float once', () => {
  expect(floatOf(2n ** 60n + 2n ** 36n + 1n)).toBe(2 ** 60 + 2 ** 37);
  expect(floatOf(-5n)).toBe(-5);
  expect([rescaled(-1n, 1 / 1000), rescaled(2n ** 62n, 1000)]).toEqual([-1n, undefined]);
});

describe('schemas', () => {
  it('use the types of references', () => {
    const node = parseSchema(record('R', { x: 'a.E' }), [
      { type: 'enum', name: 'a.E', symbols: ['A'] },
    ]);
    expect(node).toMatchObject({ fields: [{ node: { name: 'a.E' } }] });
  });

  it('keep all digits of a default, and drop one that does not fit', () => {
    const of = (type: string, text: string) =>
      parseSchema(
        `{"type":"record","name":"R","fields":[{"name":"x","type":${type},"default":${text}}]}`,
      );
    expect(of('"long"', '9223372036854775807')).toMatchObject({
      fields: [{ defaultBytes: bytesOf(2n ** 63n - 1n) }],
    });
    expect(of('["null","string"]', '"a"')).toMatchObject({
      fields: [{ defaultBytes: Buffer.of(2, 2, 97) }],
    });
    expect(of('"int"', '"a"')).not.toHaveProperty('fields.0.defaultBytes');
    expect(JSON.stringify(of('"long"', '9007199254740993').schema())).toContain('9007199254740993');
  });

  it.each([
    'nonsense',
    '{',
    7,
    { type: 'record', name: 'R' },
    ['int', 'int'],
    { type: 'fixed', name: 'F', size: -1 },
  ])('refuse %j', (schema) => {
    expect(() => parseSchema(schema)).toThrow(SchemaError);
  });

  it('refuse what nests too deep, without end of the stack', () => {
    let deep: unknown = 'int';
    for (let i = 0; i < 5000; i++) deep = { type: 'array', items: deep };
    expect(() => parseSchema(deep)).toThrow(/deep/);
  });
});

function bytesOf(long: bigint): Buffer {
  const sink = new ByteSink(100, () => {
    throw new Error('full');
  });
  sink.long(long);
  return sink.take();
}

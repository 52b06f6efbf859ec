import { ABSENT, MISMATCH, NULL, TOO_MANY, VALUE, type Events } from '../../../src/flow/events.ts';
import type { ProjectedField } from '../../../src/flow/projection.ts';
import { cellsOf } from '../../support/cells.ts';
import { fatesOf, framed, givenDecoder, number, text } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import type { Schema } from '../../support/random-avro.ts';

const long = (value: number): Buffer => plainType('long').toBuffer(value);
const doubles = { type: 'array', items: 'double' };
const one = plainType('double').toBuffer(1);

const event = (type: unknown) => ({ type: 'record', name: 'Event', fields: [{ name: 'f', type }] });
const length = (path: string): ProjectedField => ({ path, as: 'length', optional: false });
const vector = (path: string, size: number): ProjectedField => ({
  path,
  as: 'vector',
  size,
  optional: false,
});

/** Decodes bytes of the one field `f`, in as many rows. */
function decode(
  type: Schema,
  projection: readonly ProjectedField[],
  ...values: readonly Uint8Array[]
): Promise<Events> {
  const decoder = givenDecoder({ reader: event(type), fields: projection });
  return decoder.decode(values.map((bytes) => framed(1, bytes)));
}

const encoded = (type: Schema, value: unknown): Buffer =>
  plainType(event(type)).toBuffer({ f: value });
const states = (events: Events, row = 0): number[][] =>
  events.columns.map((column) => cellsOf(column, row).map(({ state }) => state));
const values = (events: Events, row = 0): unknown[][] =>
  events.columns.map((column) => cellsOf(column, row).map(({ value }) => value));

describe('counts of arrays and maps that are read', () => {
  const projection: readonly [string, ProjectedField][] = [
    ['an element', number('f[1]')],
    ['a vector', vector('f', 2)],
    ['a length', length('f')],
  ];
  describe.each(projection)('for %s', (_what, need) => {
    it.each<[string, readonly Uint8Array[], string]>([
      ['more than the bytes left', [long(3), one, one, long(0)], 'AVRO_COUNT_TOO_LARGE'],
      ['far more', [long(2 ** 52), one], 'AVRO_COUNT_TOO_LARGE'],
      ['a negative size', [long(-1), long(-8), one, long(0)], 'AVRO_INVALID'],
      ['a size beyond the end', [long(-1), long(800), one, long(0)], 'AVRO_TRUNCATED'],
      ['no end', [long(1), one], 'AVRO_TRUNCATED'],
    ])('%s: %s', async (_name, parts, code) => {
      expect(fatesOf(await decode(doubles, [need], Buffer.concat(parts)))).toEqual([code]);
    });

    it('takes several blocks', async () => {
      const bytes = Buffer.concat([long(-1), long(8), one, long(1), one, long(0)]);
      const events = await decode(doubles, [need], bytes);
      expect(fatesOf(events)).toEqual(['alive']);
      expect(states(events)[0]!.every((state) => state === VALUE)).toBe(true);
    });

    it('does not loop over entries without bytes', async () => {
      const bytes = Buffer.concat([long(2 ** 52), long(0)]);
      expect(fatesOf(await decode({ type: 'array', items: 'null' }, [need], bytes))).toEqual([
        'alive',
      ]);
    });
  });

  it('refuses a block that is not as long as it says', async () => {
    const short = Buffer.concat([long(-2), long(8), one, one, long(0)]);
    expect(fatesOf(await decode(doubles, [number('f[1]')], short))).toEqual(['AVRO_INVALID']);
    expect(fatesOf(await decode(doubles, [vector('f', 2)], short))).toEqual(['AVRO_INVALID']);
    const entries = Buffer.concat([
      long(-1),
      long(20),
      long(1),
      Buffer.from('a'),
      one,
      long(0),
      Buffer.alloc(20),
    ]);
    expect(
      fatesOf(await decode({ type: 'map', values: 'double' }, [number('f.a')], entries)),
    ).toEqual(['AVRO_INVALID']);
  });

  it('refuses a map that claims too much', async () => {
    const map = { type: 'map', values: 'null' };
    for (const need of [number('f.a'), length('f')]) {
      expect(fatesOf(await decode(map, [need], Buffer.concat([long(4), Buffer.of(0, 0)])))).toEqual(
        ['AVRO_COUNT_TOO_LARGE'],
      );
    }
  });
});

describe('arrays', () => {
  it('gives elements, lengths, a vector and what is in the elements, of one array at once', async () => {
    const type = {
      type: 'array',
      items: {
        type: 'record',
        name: 'Item',
        fields: [
          { name: 'price', type: 'double' },
          { name: 'name', type: 'string' },
        ],
      },
    };
    const projection = [
      number('f[1].price'),
      length('f'),
      text('f[0].name'),
      number('f[2].price', true),
      number('f.1.price'),
      text('f.1.name'),
    ];
    const events = await decode(
      type,
      projection,
      encoded(type, [
        { price: 1, name: 'a' },
        { price: 2, name: 'b' },
      ]),
    );
    expect(values(events)).toEqual([[2], [2], ['a'], [0], [2], ['b']]);
    expect(states(events)).toEqual([[VALUE], [VALUE], [VALUE], [ABSENT], [VALUE], [VALUE]]);
  });

  it('fills a vector from the first elements, and says where there are too few, too many or none', async () => {
    const type = ['null', { type: 'array', items: ['null', 'float', 'string'] }] as Schema;
    const array = (...items: unknown[]) => encoded(type, { array: items });
    const float = (value: number) => ({ float: value });
    const events = await decode(
      type,
      [vector('f', 2)],
      array(float(1), float(2)),
      array(float(1)),
      array(float(1), float(2), float(3)),
      array(null, { string: 'x' }),
      array(),
      encoded(type, null),
    );
    expect(fatesOf(events)).toEqual(Array(6).fill('alive'));
    expect(Array.from({ length: 6 }, (_, row) => states(events, row)[0])).toEqual([
      [VALUE, VALUE],
      [VALUE, ABSENT],
      [TOO_MANY, VALUE],
      [NULL, MISMATCH],
      [ABSENT, ABSENT],
      [NULL, NULL],
    ]);
    expect(values(events, 0)[0]).toEqual([1, 2]);
  });
});

describe('maps', () => {
  it('give many entries by their keys, of any letters, and the last of one key', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `größe${i}`);
    const entries = [...keys, 'none', keys[3]!].map((key, i) => [key, i] as const);
    const bytes = Buffer.concat([
      long(entries.length),
      ...entries.map(([key, i]) => Buffer.concat([plainType('string').toBuffer(key), long(i)])),
      Buffer.of(0),
    ]);
    const events = await decode(
      { type: 'map', values: 'long' },
      [...keys, 'absent'].map((key) => number(`f["${key}"]`, true)),
      bytes,
    );
    const expected = keys.map((_key, i) => [i === 3 ? 21 : i]);
    expect(values(events)).toEqual([...expected, [0]]);
    expect(states(events)).toEqual([...expected.map(() => [VALUE]), [ABSENT]]);
  });

  it('gives the last of two entries with one key, and nothing of the first', async () => {
    const type = { type: 'map', values: ['null', 'double'] };
    const entry = (value: Buffer) => Buffer.concat([long(1), Buffer.from('a'), value]);
    const [number1, none] = [Buffer.concat([long(1), one]), long(0)];
    const twice = (first: Buffer, second: Buffer) =>
      Buffer.concat([long(2), entry(first), entry(second), long(0)]);
    const events = await decode(type, [number('f.a')], twice(number1, none), twice(none, number1));
    expect([states(events, 0), states(events, 1)]).toEqual([[[NULL]], [[VALUE]]]);
  });

  it('leaves nothing of the first entry where the last one has no such field', async () => {
    const inner = { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'int' }] };
    const entry = (...value: number[]) =>
      Buffer.concat([long(1), Buffer.from('a'), Buffer.from(value)]);
    const bytes = Buffer.concat([long(2), entry(2, 14), entry(0, 2, 0x73), long(0)]);
    const events = await decode(
      { type: 'map', values: ['string', inner] },
      [number('f.a.x')],
      bytes,
    );
    expect(states(events)).toEqual([[ABSENT]]);
  });

  it('tells keys apart by all their bytes', async () => {
    const type = { type: 'map', values: 'int' };
    const events = await decode(
      type,
      [number('f.é', true), number('f.ab', true), number('f["a.b"]', true)],
      encoded(type, { é: 1, a: 2, abc: 3, 'a.b': 4 }),
    );
    expect(values(events)).toEqual([[1], [0], [4]]);
  });
});

describe('unions of several records', () => {
  const card = {
    type: 'record',
    name: 'Card',
    fields: [
      { name: 'amount', type: 'double' },
      { name: 'brand', type: 'string' },
    ],
  };
  const bank = { type: 'record', name: 'Bank', fields: [{ name: 'amount', type: 'long' }] };
  const type = ['string', card, bank] as Schema;

  it('gives a field of whichever record has it', async () => {
    const projection = [number('f.amount'), text('f.brand')];
    const events = await decode(
      type,
      projection,
      encoded(type, { Card: { amount: 1.5, brand: 'V' } }),
      encoded(type, { Bank: { amount: 7 } }),
      encoded(type, { string: 'cash' }),
    );
    expect(fatesOf(events)).toEqual(['alive', 'alive', 'alive']);
    expect([0, 1, 2].map((row) => values(events, row))).toEqual([
      [[1.5], ['V']],
      [[7], ['']],
      [[0], ['']],
    ]);
    expect([0, 1, 2].map((row) => states(events, row).flat())).toEqual([
      [VALUE, VALUE],
      [VALUE, ABSENT],
      [ABSENT, ABSENT],
    ]);
  });

  it('has no use for a writer whose branches all lack it', async () => {
    const writers = {
      1: event(['string', { ...bank, fields: [{ name: 'iban', type: 'string' }] }]),
    };
    const { decode: run } = givenDecoder({
      reader: event(type),
      writers,
      fields: [number('f.amount')],
    });
    const { fates } = await run([framed(1, Buffer.of(0, 2, 0x78))]);
    expect(fates.rejects).toMatchObject([{ stage: 'map', code: 'FIELD_MISSING' }]);
    expect(fates.rejects[0]!.message).toContain('f.amount');
  });
});

describe('times whose unit changed between writer and latest schema', () => {
  const timestamp = (unit: string) => ({
    type: unit === 'time-millis' ? 'int' : 'long',
    logicalType: unit,
  });
  it.each<[string, string, number, number]>([
    ['timestamp-micros', 'timestamp-millis', 1_795_392_000_001_000, 1_795_392_000_001],
    ['timestamp-millis', 'timestamp-micros', 1_795_392_000_001, 1_795_392_000_001_000],
    ['timestamp-millis', 'timestamp-nanos', 1_795_392_000, 1_795_392_000_000_000],
    ['time-millis', 'time-micros', 5, 5_000],
    ['time-millis', 'timestamp-micros', 5, 5],
  ])('from %s to %s', async (from, to, written, read) => {
    const given = { reader: event(timestamp(to)), writers: { 1: event(timestamp(from)) } };
    const fields = [number('f'), { path: 'f', as: 'long', optional: false } as const];
    const events = await givenDecoder({ ...given, fields }).decode([framed(1, long(written))]);
    expect(values(events)).toEqual([[read], [BigInt(read)]]);
  });
});

describe('decimals', () => {
  const decimal = (scale: number) => ({
    type: 'bytes',
    logicalType: 'decimal',
    precision: 9,
    scale,
  });

  it.each<[string, unknown, unknown, number]>([
    ['the scale of the writer', decimal(4), decimal(2), 0.1234],
    ['the scale of the reader, where the writer says none', 'bytes', decimal(2), 12.34],
  ])('have %s', async (_what, writer, reader, value) => {
    const given = { reader: event(reader), writers: { 1: event(writer) }, fields: [number('f')] };
    const events = await givenDecoder(given).decode([framed(1, Buffer.of(4, 0x04, 0xd2))]);
    expect(values(events)).toEqual([[value]]);
  });

  it('are of another type without bytes, and with a scale that is none', async () => {
    const events = await decode(decimal(2), [number('f')], Buffer.of(0));
    expect(states(events)).toEqual([[MISMATCH]]);
    expect(states(await decode(decimal(-1), [number('f', true)], Buffer.of(2, 1)))).toEqual([
      [MISMATCH],
    ]);
  });

  it('without bytes in a vector are their own cell, and touch no other', async () => {
    const type = { type: 'array', items: decimal(2) };
    const array = (...items: Buffer[]) => encoded(type, items);
    const [some, none] = [Buffer.of(1), Buffer.of()];
    const events = await decode(
      type,
      [vector('f', 2)],
      array(some, none),
      array(some),
      array(none, some),
    );
    expect([0, 1, 2].map((row) => states(events, row)[0])).toEqual([
      [VALUE, MISMATCH],
      [VALUE, ABSENT],
      [MISMATCH, VALUE],
    ]);
  });
});

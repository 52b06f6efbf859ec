import { MAX_DEPTH } from '../../../src/decode/read-error.ts';
import type { Events } from '../../../src/flow/events.ts';
import {
  carriedBytes,
  fatesOf,
  framed,
  givenDecoder,
  number,
  text,
} from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import type { Schema } from '../../support/random-avro.ts';

/** A zigzag varint of any size, by arithmetic that cannot round. */
function long(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value >= 0n ? value * 2n : -value * 2n - 1n;
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const event = (...types: Schema[]) => ({
  type: 'record',
  name: 'Event',
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
});

/** The fate of bytes under a schema of which nothing is needed: every step is one that skips. */
async function skipping(
  type: Schema,
  ...bytes: readonly (Buffer | readonly number[])[]
): Promise<string> {
  const { decode } = givenDecoder({ reader: event(type) });
  const value = framed(1, Buffer.concat(bytes.map((part) => Buffer.from(part))));
  return fatesOf(await decode([value]))[0]!;
}

/** The first column after decoding bytes of one field. */
async function reading(
  type: Schema,
  bytes: Buffer,
  as: 'number' | 'text' = 'number',
): Promise<Events> {
  const { decode } = givenDecoder({
    reader: event(type),
    fields: [as === 'number' ? number('f0') : text('f0')],
  });
  return decode([framed(1, bytes)]);
}

describe('longs', () => {
  const edges = [
    0n,
    63n,
    64n,
    2n ** 27n,
    2n ** 31n,
    2n ** 32n,
    2n ** 52n,
    2n ** 53n - 2n,
    2n ** 53n - 1n,
    2n ** 53n,
  ];
  const both = edges
    .flatMap((edge) => [edge, edge - 1n, -edge, -edge - 1n])
    .filter((v) => v >= -(2n ** 53n));

  it.each(both)('reads %p exactly', async (value) => {
    const events = await reading('long', long(value));
    expect(BigInt(events.columns[0]!.values[0] as number)).toBe(value);
  });

  it.each([2n ** 62n, -(2n ** 63n)])('reads %p as the nearest double', async (value) => {
    const events = await reading('long', long(value));
    expect(events.columns[0]!.values[0]).toBe(Number(value));
  });

  it.each([
    ...both,
    2n ** 53n + 1n,
    2n ** 62n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    -(2n ** 63n) + 1n,
  ])('reads %p as it is, where 64 bits are wanted', async (value) => {
    const { decode } = givenDecoder({
      reader: event('long'),
      fields: [{ path: 'f0', as: 'long', optional: false }],
    });
    const events = await decode([framed(1, long(value))]);
    expect([fatesOf(events), events.columns[0]!.values[0]]).toEqual([['alive'], value]);
  });

  it('refuses more than 10 bytes, read or skipped', async () => {
    const endless = Buffer.alloc(11, 0x80);
    expect(fatesOf(await reading('long', endless))).toEqual(['AVRO_INVALID']);
    expect(await skipping('long', endless)).toBe('AVRO_INVALID');
    expect(await skipping('string', endless)).toBe('AVRO_INVALID');
  });

  it('carries one beyond 2^53 below a nullable record without looking into it', async () => {
    const inner = { type: 'record', name: 'Inner', fields: [{ name: 'id', type: 'long' }] };
    const { decode } = givenDecoder({ reader: event(['null', inner]), carry: ['f0.id'] });
    const id = long(2n ** 62n);
    const events = await decode([framed(1, Buffer.concat([Buffer.of(2), id]))]);
    expect(carriedBytes(events, 0, 0)).toEqual(Buffer.concat([Buffer.of(2), id]));
  });
});

describe('numbers that are not finite', () => {
  it.each([NaN, Infinity, -Infinity])(
    'lets %p pass: what it means is for mapping to say',
    async (value) => {
      for (const type of ['double', 'float']) {
        const events = await reading(type, plainType(type).toBuffer(value));
        expect(fatesOf(events)).toEqual(['alive']);
        expect(events.columns[0]!.values[0]).toBe(value);
      }
    },
  );
});

describe('branches and symbols out of range', () => {
  const union = ['null', 'double'];
  const choice = { type: 'enum', name: 'Choice', symbols: ['A', 'B'] };

  it.each([2, -1, 1000])('refuses branch and symbol %p, read or skipped', async (index) => {
    const bytes = Buffer.concat([long(BigInt(index)), Buffer.alloc(8)]);
    expect(await skipping(union, bytes)).toBe('AVRO_INVALID');
    expect(fatesOf(await reading(union, bytes))).toEqual(['AVRO_INVALID']);
    const symbol = long(BigInt(index));
    expect(await skipping(choice, symbol)).toBe('AVRO_INVALID');
    expect(fatesOf(await reading(choice, symbol, 'text'))).toEqual(['AVRO_INVALID']);
  });

  it('refuses a negative length', async () => {
    expect(await skipping('string', long(-1n))).toBe('AVRO_INVALID');
    expect(fatesOf(await reading('string', long(-2n), 'text'))).toEqual(['AVRO_INVALID']);
  });

  it('calls a length beyond the end truncated, however large', async () => {
    expect(await skipping('bytes', long(2n ** 60n), [1, 2, 3])).toBe('AVRO_TRUNCATED');
  });
});

describe('arrays and maps', () => {
  const doubles = { type: 'array', items: 'double' };
  const one = plainType('double').toBuffer(1);

  it('refuses a count that the bytes left cannot hold', async () => {
    expect(await skipping(doubles, long(3n), one, one, [0])).toBe('AVRO_COUNT_TOO_LARGE');
    expect(await skipping(doubles, long(2n ** 62n), one)).toBe('AVRO_COUNT_TOO_LARGE');
    expect(await skipping({ type: 'map', values: 'null' }, long(4n), [0, 0])).toBe(
      'AVRO_COUNT_TOO_LARGE',
    );
    const pairs = { type: 'record', name: 'Pair', fields: [...event('double', 'double').fields] };
    expect(await skipping({ type: 'array', items: pairs }, long(2n), one, one, one, [0])).toBe(
      'AVRO_COUNT_TOO_LARGE',
    );
  });

  it('does not count through entries that take no bytes', async () => {
    const empty = { type: 'record', name: 'Empty', fields: [] };
    const nothing = {
      type: 'record',
      name: 'Nothing',
      fields: [{ name: 'none', type: ['null', empty][0]! }],
    };
    for (const items of [
      'null',
      empty,
      nothing,
      { type: 'record', name: 'Two', fields: [{ name: 'e', type: empty }] },
    ]) {
      expect(await skipping({ type: 'array', items }, long(2n ** 60n), [0])).toBe('alive');
    }
  });

  it('moves by the size of a block, also where its entries take no bytes', async () => {
    expect(await skipping({ type: 'array', items: 'null' }, long(-3n), long(2n), [9, 9], [0])).toBe(
      'alive',
    );
    expect(await skipping({ type: 'array', items: 'null' }, long(-3n), long(0n), [0])).toBe(
      'alive',
    );
  });

  it('reads blocks with their size, several of them, and what comes after', async () => {
    const schema = event(doubles, { type: 'map', values: 'int' }, 'int');
    const { decode } = givenDecoder({ reader: schema, fields: [number('f2')], carry: ['f0'] });
    const array = Buffer.concat(
      [long(-2n), long(16n), one, one, long(1n), one, [0]].map((part) => Buffer.from(part)),
    );
    const map = Buffer.concat([long(-1n), long(3n), Buffer.from([2, 0x61, 14]), Buffer.of(0)]);
    const events = await decode([framed(1, Buffer.concat([array, map, long(42n)]))]);
    expect(fatesOf(events)).toEqual(['alive']);
    expect(events.columns[0]!.values[0]).toBe(42);
    expect(carriedBytes(events, 0, 0)).toEqual(array);
  });

  it('refuses sizes that are negative or beyond the end', async () => {
    expect(await skipping(doubles, long(-1n), long(-8n), one, [0])).toBe('AVRO_INVALID');
    expect(await skipping(doubles, long(-1n), long(800n), one, [0])).toBe('AVRO_TRUNCATED');
  });
});

describe('recursion', () => {
  const list = event(['null', 'Event']);
  const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 2), Buffer.of(0)]);

  it('walks what is reasonably deep, and refuses what is not, whatever its depth', async () => {
    const { decode } = givenDecoder({ reader: list });
    const values = [0, 5, MAX_DEPTH / 4, MAX_DEPTH + 1, 1_000_000].map((depth) =>
      framed(1, nested(depth)),
    );
    expect(fatesOf(await decode(values))).toEqual([
      'alive',
      'alive',
      'alive',
      'AVRO_TOO_DEEP',
      'AVRO_TOO_DEEP',
    ]);
  });

  it('counts depth anew for every value and every part', async () => {
    const twice = event(list, list.name);
    const { decode } = givenDecoder({ reader: { ...twice, name: 'Twice' } });
    const deep = nested(MAX_DEPTH / 4);
    const values = Array.from({ length: 20 }, () => framed(1, Buffer.concat([deep, deep])));
    expect(new Set(fatesOf(await decode(values)))).toEqual(new Set(['alive']));
  });

  it('refuses a record that contains itself without an end', async () => {
    expect(
      await skipping({
        type: 'record',
        name: 'Endless',
        fields: [{ name: 'again', type: 'Endless' }],
      }),
    ).toBe('AVRO_TOO_DEEP');
  });
});

describe('wide schemas', () => {
  it('compiles records of records of records without writing all of them out', async () => {
    const around = (type: Schema, depth: number): Schema => {
      const name = `R${depth}`;
      return {
        type: 'record',
        name,
        fields: event(type, depth === 0 ? 'string' : `R${depth - 1}`).fields,
      };
    };
    let schema: Schema = 'string';
    for (let depth = 0; depth < 30; depth++) schema = around(schema, depth);
    expect(await skipping(schema)).toBe('AVRO_TRUNCATED');
  });
});

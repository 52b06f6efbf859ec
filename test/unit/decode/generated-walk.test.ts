import fc from 'fast-check';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Events } from '../../../src/flow/events.ts';
import type { ProjectedField } from '../../../src/flow/projection.ts';
import {
  carriedBytes,
  fatesOf,
  framed,
  givenDecoder,
  inOneBlock,
  type Given,
} from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { cellsOf } from '../../support/cells.ts';
import { RandomAvro } from '../../support/random-avro.ts';
import { randomNeeds } from '../../support/random-needs.ts';

/**
 * What the plan makes of the bytes. A walk that is generated, and one without calls before it, have to make
 * the same of them.
 */
async function sameOf(given: Given, values: readonly Buffer[]): Promise<unknown> {
  const options = [
    { generateAfter: Infinity },
    { generateAfter: 0, quick: false },
    { generateAfter: 0 },
  ];
  const ways = options.map(async (option) => {
    const { decode } = givenDecoder({ ...given, ...option });
    const framedValues = values.map((value) => framed(1, value));
    const half = framedValues.length >> 1;
    const blocks = [framedValues.slice(0, half), framedValues.slice(half)];
    return seen(await decode(blocks.flatMap((block) => inOneBlock(block))));
  });
  const [plain, generated, quick] = await Promise.all(ways);
  expect(generated).toEqual(plain);
  expect(quick).toEqual(plain);
  return plain;
}

function seen(events: Events): unknown {
  const fates = fatesOf(events);
  const alive = [...fates.keys()].filter((row) => fates[row] === 'alive');
  return {
    fates,
    why: events.fates.rejects,
    refusals: events.refusals,
    cells: alive.map((row) => events.columns.map((column) => cellsOf(column, row))),
    hashes: events.columns.map((column) =>
      column.as === 'utf8' ? alive.map((row) => column.places[4 * row + 3]) : undefined,
    ),
    carried: alive.map((row) => events.carried.map((_, slot) => carriedBytes(events, slot, row))),
  };
}

const changed = (random: RandomAvro, bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[random.int(0, copy.length - 1)] = random.int(0, 255);
  return copy.subarray(0, random.chance(0.3) ? random.int(0, copy.length) : copy.length);
};

const sized = (bytes: Uint8Array): Buffer => {
  const length = 2 * bytes.length;
  const prefix = length < 0x80 ? [length] : [0x80 | (length & 0x7f), length >> 7];
  return Buffer.concat([Buffer.from(prefix), bytes]);
};

describe('a generated walk', () => {
  it('says the same as the plan, for values, broken values and garbage of any schema', async () => {
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const schema = random.record(3);
      const type = plainType(schema);
      const projection = randomNeeds(random, parseSchema(schema));
      const valid = Array.from({ length: 4 }, () => type.toBuffer(random.value(schema)));
      const broken = valid.flatMap((bytes) => [changed(random, bytes), changed(random, bytes)]);
      const garbage = Buffer.from(g(fc.uint8Array, { maxLength: 60 }));
      const values = [...valid, ...broken, garbage, valid[0]!];
      await sameOf({ reader: schema, ...projection }, values);
    });
    await fc.assert(property, { numRuns: 100, endOnFailure: true });
  });

  it('says the same of any bytes of a text, long ones and those that are no UTF-8 included', async () => {
    const reader = {
      type: 'record',
      name: 'Event',
      fields: [
        { name: 'a', type: 'string' },
        { name: 'b', type: ['null', 'string'] },
        { name: 'n', type: 'long' },
        { name: 'c', type: 'string' },
      ],
    };
    const field = (path: string, as: ProjectedField['as']): ProjectedField => ({
      path,
      as,
      optional: true,
    });
    const fields = [
      field('n', 'number'),
      field('a', 'text'),
      field('a', 'utf8'),
      field('b', 'utf8'),
      field('n', 'long'),
      field('c', 'utf8'),
    ];
    const surrogate = Buffer.of(0xed, 0xa0, 0x80);
    const one = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 80 }).map((text) => Buffer.from(text)),
      fc.string({ unit: 'grapheme', maxLength: 9 }).map((text) => Buffer.from(text)),
      fc.nat(300).map((length) => Buffer.alloc(length, 0x61)),
      fc.constantFrom(Buffer.alloc(0), surrogate, Buffer.from('größe'), Buffer.of(0xc3)),
    );
    const edges = [
      0n,
      63n,
      64n,
      8191n,
      8192n,
      1048575n,
      1048576n,
      2n ** 31n,
      2n ** 48n,
      2n ** 53n,
      2n ** 63n,
    ];
    const long = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 49n), max: 2n ** 49n }),
      fc.constantFrom(...edges.map((edge) => -edge), ...edges.slice(0, -1)),
    );
    const type = plainType('long');
    const row = fc
      .tuple(one, fc.option(one), long, one)
      .map(([a, b, n, c]) =>
        Buffer.concat([
          sized(a),
          b === null ? Buffer.of(0) : Buffer.concat([Buffer.of(2), sized(b)]),
          varint(n),
          sized(c),
        ]),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (values) => {
        await sameOf({ reader, fields }, values);
        // These have nothing that a walk without calls does not know.
        const known = fields.filter(({ as }) => as !== 'text');
        await sameOf({ reader, fields: known, carry: ['b', 'n', 'c'] }, values);
        await sameOf({ reader, fields: known.slice(0, 1) }, values);
      }),
      { numRuns: 150, endOnFailure: true },
    );
    expect(type.toBuffer(-8193)).toEqual(varint(-8193n));
  });

  it('says the same of values without anything rare, and of broken ones among them', async () => {
    const field = (name: string, type: unknown) => ({ name, type });
    const schema = {
      type: 'record',
      name: 'Event',
      fields: [
        field('skipped', 'long'),
        field('a', 'string'),
        field('rest', 'float'),
        field('b', ['null', 'string']),
        field('d', 'double'),
        field('n', ['null', 'long']),
        field('text', 'string'),
        field('e', { type: 'enum', name: 'Kind', symbols: ['X', 'Y', 'Z'] }),
        field('i', 'int'),
        field('f', 'float'),
        field('is', 'boolean'),
        field('c', 'string'),
      ],
    };
    const wanted: readonly (readonly [string, ProjectedField['as']])[] = [
      ['a', 'utf8'],
      ['b', 'utf8'],
      ['d', 'number'],
      ['n', 'number'],
      ['n', 'long'],
      ['f', 'number'],
      ['is', 'number'],
      ['c', 'utf8'],
    ];
    const fields = wanted.map(([path, as]): ProjectedField => ({ path, as, optional: true }));
    const type = plainType(schema);
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const random = new RandomAvro(g);
      const valid = Array.from({ length: 6 }, () => type.toBuffer(random.value(schema)));
      const values = valid.flatMap((bytes) => [bytes, changed(random, bytes), bytes]);
      for (const carry of [[], ['b', 'text', 'i'], ['skipped', 'rest', 'n', 'c']])
        await sameOf({ reader: schema, fields, carry }, values);
      await sameOf({ reader: schema, fields: fields.slice(3, 4) }, values);
    });
    await fc.assert(property, { numRuns: 100, endOnFailure: true });
  });

  it('says the same of symbols that are none, of ints in too many bytes, and of any truth value', async () => {
    const reader = {
      type: 'record',
      name: 'Event',
      fields: [
        { name: 'e', type: { type: 'enum', name: 'Kind', symbols: ['X', 'Y', 'Z'] } },
        { name: 'i', type: 'int' },
        { name: 'is', type: 'boolean' },
      ],
    };
    const fields: ProjectedField[] = [{ path: 'is', as: 'number', optional: true }];
    const values = [
      '040201',
      '060201',
      '010201',
      '84808080000201',
      '04828080800001',
      '80808080100201',
      '0482808080800001',
    ];
    const bytes = [...values, '040202'].map((hex) => Buffer.from(hex, 'hex'));
    const plain = await sameOf({ reader, fields, carry: ['i'] }, [...bytes, ...bytes]);
    const died = [
      'alive',
      'AVRO_INVALID',
      'AVRO_INVALID',
      'alive',
      'alive',
      'AVRO_INVALID',
      'AVRO_INVALID',
      'alive',
    ];
    expect(plain).toMatchObject({ fates: [...died, ...died] });
  });

  it('says the same where several versions share the columns', async () => {
    const reader = {
      type: 'record',
      name: 'Event',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: ['null', 'string'] },
      ],
    };
    const [a, b] = (['number', 'text'] as const).map((as, i): ProjectedField => ({
      path: 'ab'[i]!,
      as,
      optional: true,
    })) as [ProjectedField, ProjectedField];
    const views = [new Map([[0, a]]), new Map([[1, b]])];
    const values = ['0200', '020202c3', '02020241', '02', '020004', '0400'];
    const given = { reader, fields: [a, b], views };
    const plain = await sameOf(
      given,
      values.map((hex) => Buffer.from(hex, 'hex')),
    );
    expect(plain).toMatchObject({ refusals: [expect.anything(), expect.anything()] });
  });

  it('does not count the depth or the empty elements of one row for the next one', async () => {
    const reader = {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'n', type: 'int' },
        { name: 'next', type: ['null', 'Node'] },
        { name: 'nulls', type: { type: 'array', items: 'null' } },
      ],
    };
    const depth = (levels: number): Buffer =>
      Buffer.concat([
        Buffer.alloc(2 * levels, Buffer.of(2, 2)),
        Buffer.of(2, 0),
        Buffer.alloc(levels + 1, 0),
      ]);
    const many = Buffer.concat([Buffer.of(2, 0), varint(600_000n), Buffer.of(0)]);
    const values = [depth(70), depth(3), depth(70), many, many, depth(3)];
    const plain = await sameOf({ reader, carry: ['nulls'] }, values);
    expect((plain as { fates: string[] }).fates).toEqual([
      'AVRO_TOO_DEEP',
      'alive',
      'AVRO_TOO_DEEP',
      'alive',
      'alive',
      'alive',
    ]);
  });
});

function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.of(...bytes, Number(rest));
}

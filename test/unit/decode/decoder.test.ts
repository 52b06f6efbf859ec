import { BAD_ID_MS } from '../../../src/decode/bad-ids.ts';
import { ScorerError } from '../../../src/errors.ts';
import { ABSENT, MISMATCH, NULL, VALUE } from '../../../src/flow/events.ts';
import {
  batchOf,
  carriedBytes,
  fatesOf,
  framed,
  givenDecoder,
  number,
  text,
} from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';

const record = (...fields: readonly object[]) => ({ type: 'record', name: 'Event', fields });
const amount = { name: 'amount', type: 'double' };
const country = { name: 'country', type: 'string' };
const EVENT = record(amount, country);

const bytes = (schema: unknown, value: unknown, id = 1): Buffer =>
  framed(id, plainType(schema).toBuffer(value));
const good = bytes(EVENT, { amount: 1.5, country: 'FR' });

describe('a batch', () => {
  it('keeps each row in its place: values, tombstones and dead ones', async () => {
    const { decode } = givenDecoder({ reader: EVENT, fields: [number('amount'), text('country')] });
    const events = await decode([
      good,
      null,
      Buffer.alloc(0),
      bytes(EVENT, { amount: -2, country: 'DE' }),
    ]);
    expect(fatesOf(events)).toEqual(['alive', 'skipped', 'VALUE_EMPTY', 'alive']);
    expect(events.fates.skipped).toBe(1);
    expect(events.fates.alive).toBe(2);
    expect([...events.columns[0]!.values]).toEqual([1.5, 0, 0, -2]);
    expect(events.columns[1]!.values).toEqual(['FR', '', '', 'DE']);
    expect([...events.columns[0]!.state]).toEqual([VALUE, ABSENT, ABSENT, VALUE]);
  });

  // It has no value, as a tombstone, and is none.
  it('kills a record that was too large to be read', async () => {
    const { createDecoder } = await import('../../../src/decode/decoder.ts');
    const decode = createDecoder({
      projection: { fields: [], carry: [] },
      schemas: new Map([['events', {} as never]]),
    });
    const batch = batchOf([null]);
    const unread = { code: 'RECORD_TOO_LARGE', message: 'it has too many bytes' } as const;
    const { fates } = await decode({ ...batch, records: [{ ...batch.records[0]!, unread }] });
    expect(fates.rejects).toEqual([{ row: 0, stage: 'decode', ...unread }]);
    expect(fates.skipped).toBe(0);
  });

  it('names stage and reason of a dead record, and never a value of it', async () => {
    const { decode } = givenDecoder({ reader: EVENT });
    const { fates } = await decode([good.subarray(0, -1), Buffer.concat([good, Buffer.of(7)])]);
    expect(fates.rejects.map(({ row, stage, code }) => [row, stage, code])).toEqual([
      [0, 'decode', 'AVRO_TRUNCATED'],
      [1, 'decode', 'AVRO_TRAILING_BYTES'],
    ]);
    expect(fates.rejects.map(({ message }) => message).join()).not.toMatch(/FR|1\.5/);
  });

  it('reads values that are slices of one larger buffer', async () => {
    const { decode } = givenDecoder({
      reader: EVENT,
      fields: [number('amount')],
      carry: ['country'],
    });
    const shared = Buffer.concat([
      Buffer.alloc(13),
      good,
      bytes(EVENT, { amount: 4, country: 'IT' }),
    ]);
    const events = await decode([
      shared.subarray(13, 13 + good.length),
      shared.subarray(13 + good.length),
    ]);
    expect([...events.columns[0]!.values]).toEqual([1.5, 4]);
    expect(carriedBytes(events, 0, 1)).toEqual(Buffer.from('\u0004IT'));
  });

  it('refuses a topic that is no input', async () => {
    const { createDecoder } = await import('../../../src/decode/decoder.ts');
    const decode = createDecoder({ projection: { fields: [], carry: [] }, schemas: new Map() });
    await expect(decode(batchOf([null]))).rejects.toThrow('events');
  });
});

describe('schemas of writers', () => {
  it('asks the registry once per new id of a batch, and never again', async () => {
    const writers = { 1: EVENT, 2: record(country, amount) };
    const { decode, registry } = givenDecoder({
      reader: EVENT,
      writers,
      fields: [number('amount')],
    });
    const other = bytes(writers[2], { amount: 9, country: '' }, 2);
    const events = await decode([good, other, good, other, good]);
    expect([...events.columns[0]!.values]).toEqual([1.5, 9, 1.5, 9, 1.5]);
    await Promise.all([decode([good]), decode([other])]);
    expect(registry.asked).toEqual([1, 2]);
  });

  it('shares the call of an id that two batches are waiting for', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT });
    await Promise.all([decode([good]), decode([good, good])]);
    expect(registry.asked).toEqual([1]);
  });

  it.each(['SCHEMA_ID_UNKNOWN', 'SCHEMA_NOT_AVRO', 'SCHEMA_INVALID'])(
    'kills records of an id that is %s, and asks again only after a while',
    async (code) => {
      let time = 1000;
      const writers: Record<number, unknown> = { 1: EVENT, 9: code };
      const { decode, registry } = givenDecoder({ reader: EVENT, writers, now: () => time });
      const bad = framed(9, good.subarray(5));
      expect(fatesOf(await decode([bad, good, bad]))).toEqual([code, 'alive', code]);
      expect(fatesOf(await decode([bad]))).toEqual([code]);
      time += BAD_ID_MS;
      expect(fatesOf(await decode([bad]))).toEqual([code]);
      expect(registry.asked).toEqual([9, 1]);

      time += 1;
      registry.schemas.set(9, EVENT);
      expect(fatesOf(await decode([bad, bad]))).toEqual(['alive', 'alive']);
      time += 100 * BAD_ID_MS;
      await decode([bad, good]);
      expect(registry.asked).toEqual([9, 1, 9]);
    },
  );

  it('rejects the whole batch while the registry is away, and holds nothing against any record', async () => {
    const writers: Record<number, unknown> = { 1: EVENT, 2: 'REGISTRY_UNAVAILABLE' };
    const { decode, registry } = givenDecoder({
      reader: EVENT,
      writers,
      fields: [number('amount')],
    });
    const later = framed(2, good.subarray(5));
    const attempt = decode([good, later, null, Buffer.alloc(0)]);
    await expect(attempt).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', fate: 'retry' });

    registry.schemas.set(2, EVENT);
    expect(fatesOf(await decode([good, later, null, Buffer.alloc(0)]))).toEqual([
      'alive',
      'alive',
      'skipped',
      'VALUE_EMPTY',
    ]);
    // it did answer something, so it was asked once more
    expect(registry.asked).toEqual([1, 2, 2, 2]);
  });

  it('passes on what it does not know: a bug is no fate of a record', async () => {
    const { decode, registry } = givenDecoder({ reader: EVENT });
    registry.byId = async () => Promise.reject(new RangeError('a bug'));
    await expect(decode([good])).rejects.toThrow(RangeError);
    registry.byId = async () =>
      Promise.reject(new ScorerError({ code: 'REGISTRY_UNREACHABLE', what: 'gone' }));
    await expect(decode([good])).rejects.toThrow(ScorerError);
  });
});

describe('a writer without a needed field', () => {
  const old = record(country);
  const writers = { 1: EVENT, 2: old };
  const older = bytes(old, { country: 'FR' }, 2);

  it('kills its records with the name of the field, while others go on', async () => {
    const { decode } = givenDecoder({ reader: EVENT, writers, fields: [number('amount')] });
    const { fates } = await decode([older, good, older]);
    expect(fates.rejects.map(({ row, stage, code }) => [row, stage, code])).toEqual([
      [0, 'map', 'FIELD_MISSING'],
      [2, 'map', 'FIELD_MISSING'],
    ]);
    expect(fates.rejects[0]!.message).toMatch(/schema 2.*\bamount\b/);
    expect(fates.isAlive(1)).toBe(true);
  });

  it('names the path below a record that is missing as a whole', async () => {
    const deep = record(country, {
      name: 'card',
      type: { type: 'record', name: 'Card', fields: [amount] },
    });
    const given = {
      reader: deep,
      writers: { 2: old },
      fields: [text('country'), number('card.amount')],
    };
    const { fates } = await givenDecoder(given).decode([older]);
    expect(fates.rejects[0]!.message).toContain('card.amount');
  });

  it('leaves an optional one absent', async () => {
    const { decode } = givenDecoder({
      reader: EVENT,
      writers,
      fields: [number('amount', true), text('country')],
    });
    const events = await decode([older, good]);
    expect(fatesOf(events)).toEqual(['alive', 'alive']);
    expect([...events.columns[0]!.state]).toEqual([ABSENT, VALUE]);
    expect(events.columns[1]!.values).toEqual(['FR', 'FR']);
  });

  it('does not let a carried field be absent', async () => {
    const { decode } = givenDecoder({ reader: EVENT, writers, carry: ['amount'] });
    expect(fatesOf(await decode([older, good]))).toEqual(['FIELD_MISSING', 'alive']);
  });

  it("takes the default of the reader, also through a union's null and inside a record", async () => {
    const card = {
      type: 'record',
      name: 'Card',
      fields: [{ name: 'limit', type: 'int', default: 5 }, country],
    };
    const reader = record(
      country,
      { ...amount, default: -1 },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'card', type: card, default: { limit: 7, country: 'XX' } },
    );
    const fields = [number('amount'), text('note'), number('card.limit')];
    const carry = ['note', 'card.country', 'amount'];
    const { decode } = givenDecoder({ reader, writers: { 2: old }, fields, carry });
    const events = await decode([older]);
    expect(fatesOf(events)).toEqual(['alive']);
    expect(events.columns.map((column) => [column.state[0], column.values[0]])).toEqual([
      [VALUE, -1],
      [NULL, ''],
      [VALUE, 7],
    ]);
    expect(carriedBytes(events, 0, 0)).toEqual(Buffer.of(0));
    expect(carriedBytes(events, 1, 0)).toEqual(Buffer.from('\u0004XX'));
    expect(carriedBytes(events, 2, 0).readDoubleLE()).toBe(-1);
  });
});

describe('writers that do not fit', () => {
  it('kills all records of a writer with another type, saying which and why, while others go on', async () => {
    const writers = {
      1: EVENT,
      2: record({ ...amount, type: 'string' }, country),
      3: record({ ...amount, type: ['null', 'boolean', 'string'] }, country),
      4: record({ ...amount, type: ['null', 'string', { type: 'array', items: 'int' }] }, country),
    };
    const given = { reader: EVENT, writers, fields: [number('amount'), text('country')] };
    const text4 = bytes(writers[4], { amount: { string: '12' }, country: 'FR' }, 4);
    const events = await givenDecoder(given).decode([
      bytes(writers[2], { amount: '12', country: 'FR' }, 2),
      good,
      text4,
      bytes(writers[3], { amount: { string: '12' }, country: 'FR' }, 3),
    ]);
    expect(fatesOf(events)).toEqual(['FIELD_TYPE', 'alive', 'FIELD_TYPE', 'FIELD_TYPE']);
    expect(events.fates.rejects.map(({ stage, message }) => [stage, message])).toEqual([
      ['map', "schema 2: the writer's field amount is string, and the model needs a number"],
      [
        'map',
        "schema 4: the writer's field amount is string | array, and the model needs a number",
      ],
      [
        'map',
        "schema 3: the writer's field amount is boolean | string, and the subject's latest schema has another type",
      ],
    ]);
  });

  it('says that it is the latest schema which the writer does not fit, where the model could do with its type', async () => {
    const reader = record({ ...amount, type: 'float' }, country);
    const { decode } = givenDecoder({ reader, writers: { 2: EVENT }, fields: [number('amount')] });
    const events = await decode([bytes(EVENT, { amount: 1, country: 'FR' }, 2)]);
    expect(events.fates.rejects.map(({ code, message }) => [code, message])).toEqual([
      [
        'FIELD_TYPE',
        "schema 2: the writer's field amount is double, and the subject's latest schema has another type",
      ],
    ]);
  });

  it('tells decimals by their scale', async () => {
    const decimal = (scale: number) => ({
      ...amount,
      type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale },
    });
    const writers = { 2: record(decimal(2), country) };
    const { decode } = givenDecoder({
      reader: record(decimal(4), country),
      writers,
      fields: [],
      carry: ['amount'],
    });
    const events = await decode([bytes(writers[2], { amount: Buffer.of(5), country: 'FR' }, 2)]);
    expect(events.fates.rejects.map(({ message }) => message)).toEqual([
      "schema 2: the writer's field amount is decimal of scale 2 (bytes), and the subject's latest schema has decimal of scale 4 (bytes)",
    ]);
  });

  it('marks another type where the field may be missing, as it may be null in every record', async () => {
    const writers = { 2: record({ ...amount, type: ['null', 'string'] }, country) };
    const { decode } = givenDecoder({ reader: EVENT, writers, fields: [number('amount', true)] });
    const events = await decode([
      bytes(writers[2], { amount: { string: '12' }, country: 'FR' }, 2),
      bytes(writers[2], { amount: null, country: 'FR' }, 2),
    ]);
    expect(fatesOf(events)).toEqual(['alive', 'alive']);
    expect([...events.columns[0]!.state]).toEqual([MISMATCH, NULL]);
  });

  it('kills records whose carried field cannot be what the latest schema says', async () => {
    const writer = record({ ...amount, type: 'string' }, country);
    const { decode } = givenDecoder({ reader: EVENT, writers: { 2: writer }, carry: ['amount'] });
    expect(fatesOf(await decode([bytes(writer, { amount: '12', country: 'FR' }, 2)]))).toEqual([
      'FIELD_TYPE',
    ]);
  });

  it('never writes nothing for a carried field below a record that only the writer may leave out', async () => {
    const card = { type: 'record', name: 'Card', fields: [country] };
    const writer = record({ name: 'card', type: ['null', card] });
    const reader = record({ name: 'card', type: card });
    const { decode } = givenDecoder({ reader, writers: { 2: writer }, carry: ['card.country'] });
    expect(fatesOf(await decode([bytes(writer, { card: null }, 2)]))).toEqual(['FIELD_TYPE']);
  });

  it('kills a record whose carried value breaks only when it is looked into, not the batch', async () => {
    const deep = (...more: object[]) =>
      record({
        name: 'in',
        type: {
          ...record({ name: 'id', type: 'long' }, { name: 'n', type: 'int' }, ...more),
          name: 'In',
        },
      });
    const reader = deep({ name: 'new', type: 'int', default: 3 });
    const { decode } = givenDecoder({ reader, writers: { 1: deep() }, carry: ['in'] });
    const long = Buffer.from([...Array<number>(8).fill(0xfe), 1]); // beyond 2^53
    const noInt = Buffer.from([0, 0x80, 0x80, 0x80, 0x80, 0x80, 0]);
    const events = await decode([framed(1, noInt), framed(1, Buffer.concat([long, Buffer.of(4)]))]);
    expect(fatesOf(events)).toEqual(['AVRO_INVALID', 'alive']);
    expect(carriedBytes(events, 0, 1)).toEqual(Buffer.concat([long, Buffer.of(4, 6)]));
  });

  it('carries a time in the unit of the latest schema, alone and inside a record', async () => {
    const at = (unit: string) => ({
      name: 'at',
      type: { type: 'long', logicalType: `timestamp-${unit}` },
    });
    const schema = (unit: string) =>
      record(at(unit), { name: 'in', type: ['null', { ...record(at(unit)), name: 'In' }] });
    const given = {
      reader: schema('millis'),
      writers: { 1: schema('micros') },
      carry: ['at', 'in'],
    };
    const { decode } = givenDecoder(given);
    const events = await decode([
      bytes(schema('micros'), { at: 5_000_999, in: { In: { at: -1 } } }),
    ]);
    expect(carriedBytes(events, 0, 0)).toEqual(plainType('long').toBuffer(5000));
    expect(carriedBytes(events, 1, 0)).toEqual(
      Buffer.concat([Buffer.of(2), plainType('long').toBuffer(-1)]),
    );
  });

  it('carries no decimal of another scale', async () => {
    const price = (scale: number) =>
      record({
        name: 'price',
        type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale },
      });
    const { decode } = givenDecoder({
      reader: price(2),
      writers: { 1: price(2), 2: price(4) },
      carry: ['price'],
    });
    expect(fatesOf(await decode([framed(1, Buffer.of(2, 7)), framed(2, Buffer.of(2, 7))]))).toEqual(
      ['alive', 'FIELD_TYPE'],
    );
  });

  it('prefers a field of the same name to an alias', async () => {
    const reader = record({ ...amount, aliases: ['sum', 'total'] });
    const sum = { name: 'sum', type: 'double' };
    for (const writer of [
      record(amount, sum),
      record(sum, amount),
      record({ ...sum, name: 'total' }, sum, amount),
    ]) {
      const { decode } = givenDecoder({
        reader,
        writers: { 1: writer },
        fields: [number('amount')],
      });
      const events = await decode([bytes(writer, { amount: 1, sum: 2, total: 3 })]);
      expect(events.columns[0]!.values[0]).toBe(1);
    }
  });

  it('carries a value as the type that its own record has, where another record has one that fits better', async () => {
    const event = (name: string, type: string) => ({
      type: 'record',
      name,
      fields: [{ name: 'x', type }],
    });
    const reader = [event('A', 'string'), event('B', 'bytes'), event('C', 'double')];
    const writer = [event('A', 'bytes'), event('B', 'bytes'), event('C', 'bytes')];
    const { decode } = givenDecoder({ reader, writers: { 1: writer }, carry: ['x'] });
    const events = await decode([0, 1, 2].map((index) => framed(1, Buffer.of(2 * index, 2, 0x61))));
    expect(fatesOf(events)).toEqual(['alive', 'alive', 'FIELD_TYPE']);
    expect([0, 1].map((row) => [...carriedBytes(events, 0, row)])).toEqual([
      [0, 2, 0x61],
      [2, 2, 0x61],
    ]);
  });

  it('finds a field by the name that one branch has and the alias of another', async () => {
    const event = (name: string, ...fields: object[]) => ({ type: 'record', name, fields });
    const renamed = event('Payment', { name: 'sum', type: 'double', aliases: ['amount'] });
    const keyed = { type: 'map', values: 'double' };
    for (const other of [event('Refund', amount), keyed]) {
      const reader = event('Event', { name: 'in', type: [renamed, other] });
      const fields = [number('in.amount'), number('in.sum', true)];
      const carry = other === keyed ? [] : ['in.amount'];
      const { decode } = givenDecoder({ reader, fields, carry });
      const values = [
        { Payment: { sum: 1 } },
        other === keyed ? { map: { amount: 2 } } : { Refund: { amount: 2 } },
      ];
      const events = await decode(values.map((value) => bytes(reader, { in: value })));
      expect(fatesOf(events)).toEqual(['alive', 'alive']);
      expect([...events.columns[0]!.values]).toEqual([1, 2]);
      expect([...events.columns[1]!.state]).toEqual([VALUE, ABSENT]);
      for (const [row, value] of carry.length === 0 ? [] : [1, 2].entries())
        expect(carriedBytes(events, 0, row)).toEqual(plainType('double').toBuffer(value));
    }
  });
});

describe('parsing schemas', () => {
  it('reads two schemas that define the same name', () => {
    const other = record(country);
    expect(() => givenDecoder({ reader: EVENT, writers: { 1: other } })).not.toThrow();
    expect(() => givenDecoder({ reader: other })).not.toThrow();
  });
});

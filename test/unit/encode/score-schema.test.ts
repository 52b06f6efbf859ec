import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { carryTypes, scoreSchema } from '../../../src/encode/score-schema.ts';
import { framed } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { encodeScores, inEvent } from './given.ts';

const record = (name: string, ...fields: readonly object[]) => ({ type: 'record', name, fields });
const money = record('com.acme.Money', { name: 'cents', type: 'long' });

const schemaOf = (event: unknown, ...paths: string[]) =>
  scoreSchema(carryTypes(parseSchema(event), paths));

describe('the schema of the scores', () => {
  it('has the fields of the contract, in their order', () => {
    const type = plainType(schemaOf(record('Event')));
    const fields = (type as unknown as { fields: { name: string; type: { toString(): string } }[] })
      .fields;
    expect(type.name).toBe('stream_scorer.Score');
    expect(fields.map(({ name }) => name)).toEqual([
      'score',
      'scores',
      'decision',
      'decidedBy',
      'segment',
      'reasons',
      'outOfProfile',
      'model',
      'policy',
      'source',
      'eventTime',
      'scoredAt',
      'event',
    ]);
  });

  it('reads scores that were written before reasons had codes, and is read by their readers', async () => {
    const event = record('Event', { name: 'id', type: 'string' });
    const now = schemaOf(event, 'id') as { fields: { name: string; type: unknown }[] };
    const reason = record(
      'Reason',
      { name: 'feature', type: 'string' },
      { name: 'value', type: ['null', 'double', 'string'], default: null },
      { name: 'contribution', type: 'double' },
    );
    const before = plainType({
      ...now,
      fields: now.fields
        .filter(({ name }) => name !== 'outOfProfile')
        .map((field) =>
          field.name === 'reasons' ? { ...field, type: { type: 'array', items: reason } } : field,
        ),
    });
    const { encoded } = await encodeScores({
      reader: event,
      carry: ['id'],
      values: [framed(1, plainType(event).toBuffer({ id: 'a' }))],
      reasons: {
        names: [{ feature: 'amount', code: 'R01' }],
        starts: Uint32Array.of(0, 1),
        name: Uint16Array.of(0),
        value: [3],
        contribution: Float64Array.of(0.5),
      },
    });
    const bytes = encoded.records[0]!.value!.subarray(5);
    const known = { feature: 'amount', value: { double: 3 }, contribution: 0.5 };
    const type = plainType(now);
    const old = before.fromBuffer(bytes, before.createResolver(type)) as { reasons: unknown[] };
    expect(old.reasons).toMatchObject([known]);
    const again: unknown = type.fromBuffer(before.toBuffer(old), type.createResolver(before));
    expect(again).toMatchObject({ reasons: [{ ...known, code: null }], outOfProfile: null });
  });

  it('can be read with itself after a carried field was added to nothing', () => {
    const event = record('Event', { name: 'id', type: 'string' });
    const [before, after] = [plainType(schemaOf(event)), plainType(schemaOf(event, 'id'))];
    expect(() => before.createResolver(after)).not.toThrow();
  });

  it('keeps logical types and their attributes', () => {
    const price = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
    const at = { type: 'long', logicalType: 'timestamp-micros' };
    const [carriedPrice, carriedAt] = carryTypes(
      parseSchema(
        record('Event', { name: 'price', type: price }, { name: 'at', type: ['null', at] }),
      ),
      ['price', 'at'],
    );
    expect(carriedPrice!.schema).toEqual(price);
    expect(carriedAt!.schema).toEqual(['null', at]);
  });

  it('gives paths in the order in which the record holds them, each once', () => {
    const inner = record('Inner', { name: 'x', type: 'int' }, { name: 'y', type: 'int' });
    const event = record('Event', { name: 'a', type: inner }, { name: 'b', type: 'int' });
    const types = carryTypes(parseSchema(event), ['a.y', 'b', 'a.x', 'b', 'nowhere']);
    expect(types.map(({ path }) => path)).toEqual(['a.y', 'a.x', 'b']);
  });
});

describe('names', () => {
  it('defines a type that two carried fields share at its first place', async () => {
    const event = record(
      'Event',
      { name: 'paid', type: money },
      { name: 'due', type: ['null', 'com.acme.Money'] },
      { name: 'all', type: { type: 'array', items: 'com.acme.Money' } },
    );
    const value = {
      paid: { cents: 7 },
      due: { 'com.acme.Money': { cents: 8 } },
      all: [{ cents: 9 }],
    };
    const { scores } = await encodeScores({
      reader: event,
      carry: ['all', 'paid', 'due'],
      values: [framed(1, plainType(event).toBuffer(value))],
    });
    expect(JSON.parse(JSON.stringify(scores[0]!['event']))).toEqual(value);
  });

  it('gives way to carried types without a namespace that are called like ours', async () => {
    const source = { type: 'enum', name: 'Source', symbols: ['WEB', 'SHOP'] };
    const model = record('Model', { name: 'year', type: 'int' });
    const inner = record('Event_in', { name: 'x', type: 'int' });
    const event = record(
      'Event',
      { name: 'source', type: source },
      { name: 'model', type: model },
      { name: 'score', type: record('Score', { name: 'y', type: 'string' }) },
      { name: 'in', type: record('In', { name: 'it', type: inner }) },
    );
    const value = {
      source: 'SHOP',
      model: { year: 1999 },
      score: { y: 'z' },
      in: { it: { x: 5 } },
    };
    const { scores } = await encodeScores({
      reader: event,
      carry: ['source', 'model', 'score', 'in.it'],
      values: [framed(1, plainType(event).toBuffer(value))],
    });
    expect(JSON.parse(JSON.stringify(scores[0]!['event']))).toEqual(value);
    expect(scores[0]!['source']).toMatchObject({ topic: 'events' });
  });

  it('keeps records apart whose paths read alike', async () => {
    const deep = record('A', { name: 'b', type: record('AB', { name: 'x', type: 'int' }) });
    const flat = record('F', { name: 'y', type: 'string' });
    const event = record('Event', { name: 'a', type: deep }, { name: 'a_b', type: flat });
    const value = { a: { b: { x: 3 } }, a_b: { y: 'why' } };
    const { scores } = await encodeScores({
      reader: event,
      carry: ['a.b.x', 'a_b.y'],
      values: [framed(1, plainType(event).toBuffer(value))],
    });
    expect(JSON.parse(JSON.stringify(scores[0]!['event']))).toEqual(value);
  });

  it('carries a record and one of its fields as the record', async () => {
    const event = record('Event', { name: 'paid', type: ['null', money] });
    const { scores } = await encodeScores({
      reader: event,
      carry: ['paid.cents', 'paid'],
      values: [framed(1, plainType(event).toBuffer({ paid: { 'com.acme.Money': { cents: 7 } } }))],
    });
    expect(inEvent(scores[0]!, 'paid')).toEqual({ 'com.acme.Money': { cents: 7 } });
  });
});

describe('carrying more than before', () => {
  const inner = record('In', { name: 'x', type: 'int' });
  const event = record(
    'Whole',
    { name: 'id', type: 'string' },
    { name: 'known', type: ['int', 'null'] },
    { name: 'model', type: ['null', record('Model', { name: 'year', type: 'int' })] },
    { name: 'kind', type: { type: 'enum', name: 'Source', symbols: ['A'] } },
    {
      name: 'deep',
      type: ['null', record('Deep', { name: 'in', type: inner }, { name: 'again', type: 'In' })],
    },
  );
  const namesIn = (schema: unknown): string[] =>
    JSON.stringify(schema).match(/"(?:name|namespace)":"[^"]*"/g)!;

  it('gives every nullable field a default, so that the registry takes it', () => {
    const schema = schemaOf(event, 'id', 'known', 'deep.in.x') as {
      fields: { name: string; type: { fields: object[] } }[];
    };
    const { fields } = schema.fields.at(-1)!.type;
    expect(fields[0]).toEqual({ name: 'id', type: 'string' });
    expect(fields[1]).toEqual({ name: 'known', type: ['null', 'int'], default: null });
    const older = plainType(schemaOf(event, 'id'));
    expect(() => plainType(schemaOf(event, 'id', 'known')).createResolver(older)).not.toThrow();
  });

  it('leaves all names as they were', () => {
    const paths = ['id', 'known', 'model', 'kind', 'deep.in.x', 'deep.again'];
    const all = namesIn(schemaOf(event, ...paths));
    for (const path of paths) {
      expect(namesIn(schemaOf(event, path)).filter((name) => !all.includes(name))).toEqual([]);
    }
    expect(() => plainType(schemaOf(event, ...paths))).not.toThrow();
  });

  it('may have names of its own', () => {
    const names = { schemaName: 'FraudScore', namespace: 'com.acme.scores' };
    const type = plainType(
      scoreSchema(carryTypes(parseSchema(event), ['id', 'model', 'deep.in.x']), names),
    );
    expect(type.name).toBe('com.acme.scores.FraudScore');
    expect(JSON.stringify(type.schema())).not.toContain('stream_scorer');
  });
});

describe('a field of several branches', () => {
  const one = record('One', { name: 'id', type: 'string' }, { name: 'n', type: 'int' });
  const two = record(
    'Two',
    { name: 'id', type: 'string' },
    { name: 'n', type: ['null', 'double'] },
  );
  it('is carried as what any of them holds', () => {
    const types = carryTypes(parseSchema([one, two]), ['id', 'n']);
    expect(types.map(({ schema }) => schema)).toEqual(['string', ['null', 'int', 'double']]);
  });

  it('is none where a branch lacks it', () => {
    expect(
      carryTypes(parseSchema([one, record('Three', { name: 'n', type: 'int' })]), ['id']),
    ).toEqual([]);
  });

  it('comes out as it went in', async () => {
    const reader = [one, two];
    const values = [
      { One: { id: 'a', n: 1 } },
      { Two: { id: 'b', n: null } },
      { Two: { id: 'c', n: { double: 0.5 } } },
    ];
    const bytes = values.map((value) => framed(1, plainType(reader).toBuffer(value)));
    const { scores } = await encodeScores({ reader, carry: ['id', 'n'], values: bytes });
    expect(scores.map((score) => inEvent(score, 'n'))).toEqual([{ int: 1 }, null, { double: 0.5 }]);
    expect(scores.map((score) => inEvent(score, 'id'))).toEqual(['a', 'b', 'c']);
  });
});

it('carries a union whose records share a type, which is defined once', () => {
  const [price, fee] = ['Price', 'Fee'].map((name, i) =>
    record(name, { name: 'of', type: i === 0 ? money : 'com.acme.Money' }),
  );
  const event = record('Event', { name: 'cost', type: [price, 'null', fee] });
  const [type] = carryTypes(parseSchema(event), ['cost']);
  expect(() => parseSchema(type!.schema)).not.toThrow();
  const schema = plainType(schemaOf(event, 'cost'));
  expect(JSON.stringify(schema.schema()).match(/"cents"/g)).toHaveLength(1);
});

describe('what stands for a null record on the way', () => {
  const below = (type: unknown) => {
    const event = record('Event', {
      name: 'in',
      type: ['null', record('In', { name: 'x', type })],
    });
    return carryTypes(parseSchema(event), ['in.x'])[0]!;
  };

  it.each([
    ['a value', 'int', ['null', 'int'], [0]],
    ['a nullable value', ['null', 'int'], ['null', 'int'], [0]],
    ['null in the second place', ['int', 'null'], ['null', 'int'], [0]],
    ['a union without null', ['int', 'string'], ['null', 'int', 'string'], [0]],
    ['null itself', 'null', 'null', []],
  ])('%s', (_name, type, schema, bytes) => {
    expect(below(type)).toEqual({
      path: 'in.x',
      schema,
      nullBytes: Buffer.from(bytes),
      nullable: true,
    });
  });

  it('is nothing where no record on the way may be null', () => {
    const event = record('Event', { name: 'x', type: ['null', 'int'] });
    expect(carryTypes(parseSchema(event), ['x'])[0]!.nullBytes).toBeNull();
  });
});

describe('carried fields of older writers', () => {
  it('take the default of the latest schema', async () => {
    const id = { name: 'id', type: 'string' };
    const reader = record(
      'Event',
      id,
      { name: 'paid', type: ['null', money], default: null },
      { name: 'n', type: 'long', default: -3 },
    );
    const writer = record('Event', id);
    const { scores } = await encodeScores({
      reader,
      writers: { 1: reader, 2: writer },
      carry: ['n', 'paid.cents', 'id'],
      values: [framed(2, plainType(writer).toBuffer({ id: 'old' }))],
    });
    expect(JSON.parse(JSON.stringify(scores[0]!['event']))).toEqual({
      n: -3,
      paid: { cents: null },
      id: 'old',
    });
  });

  it('are written in the type of the latest schema', async () => {
    const reader = record('Event', { name: 'amount', type: 'double', aliases: ['sum'] });
    const writer = record('Event', { name: 'sum', type: 'int' });
    const { scores } = await encodeScores({
      reader,
      writers: { 2: writer },
      carry: ['amount'],
      values: [framed(2, plainType(writer).toBuffer({ sum: 12 }))],
    });
    expect(inEvent(scores[0]!, 'amount')).toBe(12);
  });
});

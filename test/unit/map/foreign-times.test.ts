import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { Resolver } from '../../../src/decode/resolve.ts';
import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { makeContract } from '../../../src/map/contract.ts';
import { carryTypes } from '../../../src/encode/score-schema.ts';
import { describeType, findField } from '../../../src/flow/schema-node.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { carriedBytes, framed, givenDecoder, number } from '../../support/avro-given.ts';
import { MISMATCH, VALUE } from '../../../src/flow/events.ts';
import { input, takes } from './given.ts';

const connect = (type: string, name: string, more: object = {}) => ({
  type,
  'connect.version': 1,
  'connect.name': name,
  ...more,
});
const eventOf = (type: unknown) => ({
  type: 'record',
  name: 'Event',
  fields: [{ name: 'at', type }],
});
const contractOf = (type: unknown, part: 'hourOfDay' | 'dayOfMonth') =>
  makeContract(
    parseSchema(eventOf(type)),
    [input('x', { field: 'at', part })],
    [takes('x', 1)],
    'model.yaml',
  );

describe('times of Kafka Connect and Debezium', () => {
  it.each([
    ['io.debezium.time.Timestamp', 'long', 1],
    ['io.debezium.time.MicroTimestamp', 'long', 1e-3],
    ['io.debezium.time.NanoTimestamp', 'long', 1e-6],
    ['io.debezium.time.Time', 'int', 1],
    ['io.debezium.time.MicroTime', 'long', 1e-3],
    ['io.debezium.time.NanoTime', 'long', 1e-6],
    ['org.apache.kafka.connect.data.Timestamp', 'long', 1],
    ['org.apache.kafka.connect.data.Time', 'int', 1],
  ])('%s is read in its unit', (name, type, unitMs) => {
    for (const given of [connect(type, name), ['null', connect(type, name)]]) {
      expect(contractOf(given, 'hourOfDay')).toMatchObject({
        contract: { inputs: [{ columns: [{ unitMs }] }] },
      });
    }
  });

  it('is the logical type beside it where both say the same, or where only Avro names one', () => {
    for (const [name, logicalType, unitMs] of [
      ['io.debezium.time.MicroTimestamp', 'local-timestamp-micros', 1e-3],
      ['org.apache.kafka.connect.data.Timestamp', 'timestamp-millis', 1],
      ['com.acme.At', 'timestamp-nanos', 1e-6],
    ] as const) {
      const type = connect('long', name, { logicalType });
      expect(contractOf(type, 'hourOfDay')).toMatchObject({
        contract: { inputs: [{ columns: [{ unitMs }] }] },
      });
    }
  });

  it.each(['io.debezium.time.Date', 'org.apache.kafka.connect.data.Date'])(
    '%s is a day',
    (name) => {
      expect(contractOf(connect('int', name), 'dayOfMonth')).toMatchObject({
        contract: { inputs: [{ columns: [{ unitMs: 86_400_000 }] }] },
      });
      expect(contractOf(connect('int', name), 'hourOfDay')).toHaveProperty('problems');
    },
  );

  it.each([
    ['int', connect('int', 'io.debezium.time.Year')],
    ['long', connect('long', 'io.debezium.time.NanoDuration')],
    ['string', connect('string', 'io.debezium.time.ZonedTimestamp')],
    ['long of a type that nobody knows', { type: 'long', logicalType: 'timestamp-fortnights' }],
    [
      'long whose two words contradict each other',
      connect('long', 'io.debezium.time.MicroTimestamp', { logicalType: 'timestamp-millis' }),
    ],
    [
      'long that is a time of the day and a point in time',
      connect('long', 'io.debezium.time.MicroTimestamp', { logicalType: 'time-micros' }),
    ],
    [
      'plain number beside one with a unit',
      ['int', connect('long', 'io.debezium.time.MicroTimestamp')],
    ],
  ])('a %s without a unit that is known is refused with its name', (_kind, type) => {
    const result = contractOf(type, 'hourOfDay');
    const { what } = (result as { problems: readonly { what: string }[] }).problems[0]!;
    const [, name] = /"(?:connect\.name|logicalType)":"([^"]*)"/.exec(JSON.stringify(type))!;
    expect(what).toContain(name);
  });

  it('are numbers like any others without a part, and texts in JSON', () => {
    const type = connect('long', 'io.debezium.time.MicroTimestamp');
    const event = parseSchema(eventOf(type));
    expect(makeContract(event, [input('x', 'at')], [takes('x', 1)], 'model.yaml')).toHaveProperty(
      'contract',
    );
    const long = plainType('long').toBuffer(1_500_000);
    expect(jsonEncoder(event)({ at: '1970-01-01T00:00:01.500Z' })).toEqual(long);
  });

  it('keep their names where they are carried', () => {
    const type = connect('long', 'io.debezium.time.MicroTimestamp', { 'connect.default': 0 });
    expect(carryTypes(parseSchema(eventOf(type)), ['at'])[0]!.schema).toEqual(type);
    const own = { type: 'long', logicalType: 'mine' };
    expect(carryTypes(parseSchema(eventOf(own)), ['at'])[0]!.schema).toEqual(own);
  });

  it('change their unit between writer and reader, in features and carried', async () => {
    const [micro, milli] = ['io.debezium.time.MicroTimestamp', 'io.debezium.time.Timestamp'].map(
      (name) => eventOf(connect('long', name)),
    );
    const { decode } = givenDecoder({
      reader: milli,
      writers: { 1: micro },
      fields: [number('at')],
      carry: ['at'],
    });
    const events = await decode([framed(1, plainType('long').toBuffer(7_000_999))]);
    expect(Math.floor(events.columns[0]!.values[0] as number)).toBe(7000);
    expect(carriedBytes(events, 0, 0)).toEqual(plainType('long').toBuffer(7000));
  });

  it('are not read across kinds of values', () => {
    const zoned = parseSchema(connect('string', 'io.debezium.time.ZonedTimestamp'));
    const micro = parseSchema(connect('long', 'io.debezium.time.MicroTimestamp'));
    expect(new Resolver().side(zoned, micro)).toBeUndefined();
  });

  it("have a decimal's scale in Connect's parameters where Avro's name is missing", () => {
    const type = connect('bytes', 'org.apache.kafka.connect.data.Decimal', {
      'connect.parameters': { scale: '2' },
    });
    const { node } = findField(parseSchema(eventOf(type)), 'at')!;
    expect([describeType(node), node.scale]).toEqual([
      'org.apache.kafka.connect.data.Decimal (bytes)',
      2,
    ]);
  });
});

describe('the unit that a field says beside its type', () => {
  const micro = { 'connect.name': 'io.debezium.time.MicroTimestamp' };
  it.each([
    ['a logical type', { name: 'at', type: 'long', logicalType: 'timestamp-micros' }],
    [
      'a logical type beside a union',
      { name: 'at', type: ['null', 'long'], logicalType: 'timestamp-micros' },
    ],
    ["Connect's name", { name: 'at', type: 'long', ...micro }],
    ['one around the type', { name: 'at', type: { type: { type: 'long' }, ...micro } }],
  ])('counts: %s', (_what, field) => {
    const event = parseSchema({ type: 'record', name: 'Event', fields: [field] });
    const result = makeContract(
      event,
      [input('x', { field: 'at', part: 'hourOfDay' })],
      [takes('x', 1)],
      'model.yaml',
    );
    expect(result).toMatchObject({ contract: { inputs: [{ columns: [{ unitMs: 1e-3 }] }] } });
    expect(JSON.stringify(event.schema())).not.toContain('icro'); // the type is passed on as it is
  });

  it('is none that is known where the type says another, and is passed on as it came', () => {
    const nanos = { type: 'long', logicalType: 'timestamp-nanos' };
    for (const type of [nanos, ['null', nanos]]) {
      const event = parseSchema({
        type: 'record',
        name: 'Event',
        fields: [{ name: 'at', type, ...micro }],
      });
      const result = makeContract(
        event,
        [input('x', { field: 'at', part: 'hourOfDay' })],
        [takes('x', 1)],
        'model.yaml',
      );
      expect(JSON.stringify(result)).toContain(
        'the unit of timestamp-nanos or io.debezium.time.MicroTimestamp',
      );
      expect(carryTypes(event, ['at'])[0]!.schema).toEqual(type);
    }
  });

  it("does not where it is no time's", () => {
    for (const field of [
      { name: 'at', type: 'long', logicalType: 'date' },
      { name: 'at', type: 'string', logicalType: 'timestamp-micros' },
    ]) {
      const { node } = findField(
        parseSchema({ type: 'record', name: 'Event', fields: [field] }),
        'at',
      )!;
      expect(describeType(node)).not.toContain('icro');
    }
  });
});

describe('a part of a time', () => {
  const plain = 'long';
  const millis = { type: 'long', logicalType: 'timestamp-millis' };
  it.each([
    [
      'of a plain number, from a writer with a unit',
      { type: 'long', logicalType: 'timestamp-micros' },
      plain,
      VALUE,
      7,
    ],
    [
      'of a plain double, from a writer with a unit',
      { type: 'long', logicalType: 'timestamp-micros' },
      'double',
      VALUE,
      7,
    ],
    ['of a plain number, from a plain writer', plain, plain, VALUE, 7000],
    ['of a time, from a plain writer', plain, millis, VALUE, 7000],
    [
      'of a time, from a time of the day',
      { type: 'long', logicalType: 'time-micros' },
      millis,
      MISMATCH,
      0,
    ],
    [
      'of a time, from a unit that nobody knows',
      connect('long', 'com.acme.Ticks'),
      millis,
      MISMATCH,
      0,
    ],
  ])('is read %s', async (_what, writer, reader, state, value) => {
    const fields = [{ ...number('at'), unitMs: 1, optional: true }];
    const { decode } = givenDecoder({
      reader: eventOf(reader),
      writers: { 1: eventOf(writer) },
      fields,
    });
    const [column] = (await decode([framed(1, plainType('long').toBuffer(7000))])).columns;
    expect([column!.state[0], column!.values[0]]).toEqual([state, value]);
  });

  it('is asked for as one', () => {
    const { contract } = contractOf(plain, 'hourOfDay') as Extract<
      ReturnType<typeof contractOf>,
      { contract: unknown }
    >;
    expect(contract.fields).toMatchObject([{ path: 'at', unitMs: 1 }]);
  });
});

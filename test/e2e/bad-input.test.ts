import avro from 'avsc';
import { eventually } from '../support/eventually.ts';
import { plainKafkajs as kafkajs } from '../support/plain-kafkajs.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { EVENT_SCHEMA, framed, someEvents, wire, World, type ReadRecord } from './world.ts';

const header = (record: ReadRecord, name: string): string =>
  String(record.headers[`__connect.errors.${name}`]);

describe('bad input on a real broker: a dead letter with its own code, and the stream goes on', () => {
  let world: World;
  let id: number;
  let letters: Map<number, ReadRecord>;
  let scored: number[];
  let values: (Buffer | null)[];
  const good = someEvents(20);

  /** The bad values by name, each between two good events. Made once the schemas have their ids. */
  let bad: [name: string, code: string, stage: string, value: Buffer][];

  beforeAll(async () => {
    // The output takes small records only, so that a large carried field exceeds it.
    world = await new World(sharedStack()).open(1);
    await world.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: world.output,
          configEntries: [{ name: 'max.message.bytes', value: '20000' }],
        },
      ],
    });
    const poor = {
      type: 'record',
      name: 'Event',
      namespace: 'test',
      fields: [{ name: 'id', type: 'string' }],
    };
    const poorId = await world.registry.register(`${world.name}-poor-value`, poor);
    const renamed = {
      ...EVENT_SCHEMA,
      fields: EVENT_SCHEMA.fields.map((field) =>
        field.name === 'amount' ? { ...field, type: 'string' } : field,
      ),
    };
    const otherId = await world.registry.register(`${world.name}-other-value`, renamed);
    id = await world.register();
    const event = good[0]!;
    const whole = wire(id, event);
    const plain = avro.Type.forSchema(EVENT_SCHEMA as never, { wrapUnions: false });
    const fields = { tags: [], extra: {}, next: null, ...event };
    let deep: object = { next: null };
    for (let i = 0; i < 1000; i++) deep = { next: deep };
    // id "x", amount 1, count null, risk 1.0; then the tags
    const untilTags = plain.toBuffer({ ...fields, tags: [] }).subarray(0, -3);
    bad = [
      ['an empty value', 'VALUE_EMPTY', 'decode', Buffer.alloc(0)],
      ['a wrong magic byte', 'WIRE_MAGIC_BYTE', 'decode', Buffer.from('{"id":"json"}')],
      ['a value of three bytes', 'WIRE_TOO_SHORT', 'decode', Buffer.of(0, 0, 0)],
      ['an unknown schema id', 'SCHEMA_ID_UNKNOWN', 'decode', wire(987_654, event)],
      ['a truncated value', 'AVRO_TRUNCATED', 'decode', whole.subarray(0, -5)],
      ['trailing bytes', 'AVRO_TRAILING_BYTES', 'decode', Buffer.concat([whole, Buffer.of(1)])],
      [
        'an array count beyond the bytes left',
        'AVRO_COUNT_TOO_LARGE',
        'decode',
        framed(id, Buffer.concat([untilTags, Buffer.of(0x80, 0xda, 0xc4, 0x09, 0, 0)])),
      ],
      [
        'a map count beyond the bytes left',
        'AVRO_COUNT_TOO_LARGE',
        'decode',
        framed(id, Buffer.concat([untilTags, Buffer.of(0, 0x80, 0xda, 0xc4, 0x09, 0, 0)])),
      ],
      [
        'recursion beyond a depth',
        'AVRO_TOO_DEEP',
        'decode',
        framed(id, plain.toBuffer({ ...fields, next: deep })),
      ],
      [
        'a writer schema without a needed field',
        'FIELD_MISSING',
        'map',
        framed(poorId, avro.Type.forSchema(poor as never).toBuffer({ id: 'p' })),
      ],
      [
        'a writer schema with another type for a needed field',
        'FIELD_TYPE',
        'map',
        framed(
          otherId,
          avro.Type.forSchema(renamed as never, { wrapUnions: false }).toBuffer({
            ...fields,
            amount: '1',
          }),
        ),
      ],
      [
        'null where there is no missing',
        'FIELD_NULL',
        'map',
        wire(id, { ...event, history: { risk: null } }),
      ],
      [
        'a text where a number is needed',
        'FIELD_TYPE',
        'map',
        wire(id, { ...event, count: 'many' }),
      ],
      ['NaN in a feature', 'FEATURE_NOT_FINITE', 'map', wire(id, { ...event, amount: NaN })],
      [
        'infinity in a feature',
        'FEATURE_NOT_FINITE',
        'map',
        wire(id, { ...event, amount: Infinity }),
      ],
      [
        'a score that is not finite',
        'SCORE_NOT_FINITE',
        'infer',
        wire(id, { ...event, amount: -1 }),
      ],
      [
        'an output beyond the broker’s limit',
        'OUTPUT_TOO_LARGE',
        'produce',
        wire(id, { ...event, id: 'x'.repeat(50_000) }),
      ],
    ];
    values = bad.flatMap(([, , , value], i) => [wire(id, good[i]!), value]);
    values.push(wire(id, good[bad.length]!));
    await world.produce(0, values);
    const scorer = await Here.running(configOf(world));
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === values.length,
    );
    await scorer.stop();
    letters = new Map(
      (await world.readAll(world.dead)).map((letter) => [Number(header(letter, 'offset')), letter]),
    );
    scored = (await world.readScores()).map((score) => score.source.offset);
  });
  afterAll(() => world.close());

  it('scores all the good events around them, in order', () => {
    expect(scored).toEqual(Array.from({ length: 18 }, (_, i) => i * 2));
    expect(letters.size).toBe(17);
  });

  it.each([
    'an empty value',
    'a wrong magic byte',
    'a value of three bytes',
    'an unknown schema id',
    'a truncated value',
    'trailing bytes',
    'an array count beyond the bytes left',
    'a map count beyond the bytes left',
    'recursion beyond a depth',
    'a writer schema without a needed field',
    'a writer schema with another type for a needed field',
    'null where there is no missing',
    'a text where a number is needed',
    'NaN in a feature',
    'infinity in a feature',
    'a score that is not finite',
    'an output beyond the broker’s limit',
  ])('%s', (name) => {
    const index = bad.findIndex(([candidate]) => candidate === name);
    const [, code, stage, value] = bad[index]!;
    const letter = letters.get(index * 2 + 1)!;
    expect(header(letter, 'exception.class.name')).toBe(code);
    expect(header(letter, 'stage')).toBe(stage);
    expect(header(letter, 'topic')).toBe(world.input);
    expect(header(letter, 'partition')).toBe('0');
    expect(header(letter, 'exception.message').length).toBeGreaterThan(10);
    expect(letter.value).toEqual(value);
    expect(letter.key?.toString()).toBe(`k0-${index * 2 + 1}`);
  });
});

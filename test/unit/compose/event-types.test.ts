import { readersFrom } from '../../../src/compose/topic-readers.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { Schemas } from '../../../src/decode/schemas.ts';
import { OTHER_TYPE, SKIPPED } from '../../../src/flow/fates.ts';
import { describeType, type SchemaNode } from '../../../src/flow/schema-node.ts';
import {
  batchOf,
  FakeRegistry as ById,
  fatesOf,
  framed,
  number,
  TOPIC,
} from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';

const record = (name: string, ...fields: string[]) => ({
  type: 'record',
  name,
  namespace: 'acme',
  fields: fields.map((field) => ({ name: field, type: 'double' })),
});
const [PAYMENT, REFUND, SHIPMENT] = [
  record('Payment', 'amount'),
  record('Refund', 'amount'),
  record('Shipment', 'weight'),
];

async function readersOf(subjects: Record<string, object>, types?: readonly string[]) {
  const registry = new FakeRegistry();
  for (const [subject, schema] of Object.entries(subjects))
    await registry.register(subject, schema);
  const input = { topics: [TOPIC], subject: { [TOPIC]: Object.keys(subjects) }, types };
  const { readers, problems } = await readersFrom(registry)({ input } as unknown as Settings);
  const reader = readers.get(TOPIC);
  return {
    reader,
    is: reader && describeType(reader),
    problems: problems.map(({ what }) => what),
  };
}

describe('the types of a topic', () => {
  it('are those of its subjects, one or several', async () => {
    expect((await readersOf({ p: PAYMENT })).is).toBe('record acme.Payment');
    expect((await readersOf({ p: PAYMENT, r: REFUND })).is).toBe(
      'record acme.Payment | record acme.Refund',
    );
  });

  it('are those that are named', async () => {
    const union = [PAYMENT, REFUND, SHIPMENT];
    expect((await readersOf({ all: union }, ['acme.Payment'])).is).toBe('record acme.Payment');
    expect((await readersOf({ all: union }, ['acme.Refund', 'acme.Payment'])).is).toBe(
      'record acme.Payment | record acme.Refund',
    );
    expect((await readersOf({ p: PAYMENT, s: SHIPMENT }, ['acme.Payment'])).is).toBe(
      'record acme.Payment',
    );
  });

  it('are missed by name', async () => {
    expect((await readersOf({ p: PAYMENT }, ['acme.Paymnet'])).problems).toEqual([
      `the topic ${TOPIC} has none of the types of input.types: its subjects define acme.Payment`,
    ]);
    expect((await readersOf({ p: PAYMENT }, ['acme.Payment', 'acme.Refund'])).problems).toEqual([
      'no input topic has events of the type acme.Refund',
    ]);
  });
});

describe('records of other types', () => {
  const decoderOf = (
    reader: SchemaNode,
    writers: Record<number, unknown>,
    types: readonly string[],
  ) => {
    const fields = [number('amount')];
    const schemas = new Schemas({
      registry: new ById(writers),
      reader,
      projection: { fields },
      carry: [],
      types,
      now: () => 0,
      unknownIdRetryMs: 0,
    });
    return createDecoder({
      projection: { fields, carry: [] },
      schemas: new Map([[TOPIC, schemas]]),
    });
  };
  const bytes = (id: number, schema: unknown, value: unknown) =>
    framed(id, plainType(schema).toBuffer(value));

  it('are skipped, whatever their schema, beside tombstones', async () => {
    const decode = decoderOf(
      parseSchema(PAYMENT),
      { 1: PAYMENT, 2: SHIPMENT, 3: { type: 'string' } },
      ['acme.Payment'],
    );
    const values = [
      bytes(1, PAYMENT, { amount: 1 }),
      bytes(2, SHIPMENT, { weight: 2 }),
      bytes(3, 'string', 'x'),
      null,
    ];
    const events = await decode(batchOf(values));
    expect(fatesOf(events)).toEqual(['alive', 'skipped', 'skipped', 'skipped']);
    expect([events.fates.skippedFor(OTHER_TYPE), events.fates.skippedFor(SKIPPED)]).toEqual([2, 1]);
    expect(events.fates.since(2).skippedFor(OTHER_TYPE)).toBe(1);
  });

  it('are skipped by the branch of a union at the top', async () => {
    const union = ['null', PAYMENT, SHIPMENT, REFUND];
    const decode = decoderOf(parseSchema([PAYMENT, REFUND]), { 1: union }, [
      'acme.Payment',
      'acme.Refund',
    ]);
    const all = [
      { 'acme.Payment': { amount: 1 } },
      { 'acme.Shipment': { weight: 2 } },
      { 'acme.Refund': { amount: 3 } },
      null,
    ];
    const events = await decode(batchOf(all.map((value) => bytes(1, union, value))));
    expect(fatesOf(events)).toEqual(['alive', 'skipped', 'alive', 'skipped']);
    expect([...(events.columns[0]!.values as Float64Array)]).toEqual([1, 0, 3, 0]);
  });
});

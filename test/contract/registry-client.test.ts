import { randomBytes } from 'node:crypto';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { ConfluentRegistry } from '../../src/decode/confluent-registry.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { Schemas } from '../../src/decode/schemas.ts';
import type { ProjectedField } from '../../src/flow/projection.ts';
import { batchOf, fatesOf, TOPIC } from '../support/avro-given.ts';
import { sharedStack } from '../support/stack.ts';

const EVENT = {
  type: 'record',
  name: 'Payment',
  namespace: 'test',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: ['null', 'double'], default: null },
  ],
};

// A client of another make, which users of kafkajs write and read with.
describe('the registry client of the kafkajs project', () => {
  const { registryUrl: url } = sharedStack();
  const ours = new ConfluentRegistry({ url, timeoutMs: 20_000, onFetch: () => undefined });
  const theirs = new SchemaRegistry({ host: url });
  afterAll(() => {
    ours.close();
  });

  it('writes what we read, and names a schema as we do', async () => {
    const subject = `client-${randomBytes(4).toString('hex')}-value`;
    const { id } = await theirs.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(EVENT) },
      { subject },
    );
    const { id: known, node: reader } = (await ours.latest(subject))!;
    expect(known).toBe(id);
    const fields: ProjectedField[] = [{ path: 'amount', as: 'number', optional: true }];
    const schemas = new Schemas({
      registry: ours,
      reader,
      projection: { fields },
      carry: [],
      now: Date.now,
      unknownIdRetryMs: 0,
    });
    const decode = createDecoder({
      projection: { fields, carry: [] },
      schemas: new Map([[TOPIC, schemas]]),
    });
    const values = [
      { id: 'a', amount: 12.5 },
      { id: 'b', amount: -3 },
    ];
    const events = await decode(
      batchOf(await Promise.all(values.map((value) => theirs.encode(id, value)))),
    );
    expect(fatesOf(events)).toEqual(['alive', 'alive']);
    expect([...events.columns[0]!.values]).toEqual([12.5, -3]);
  });

  it('reads by the id that we registered', async () => {
    const subject = `client-${randomBytes(4).toString('hex')}-value`;
    const id = await ours.register(subject, EVENT);
    const value = Buffer.from([0, 0, 0, 0, 0, 2, 0x61, 0]);
    value.writeUInt32BE(id, 1);
    expect(await theirs.decode(value)).toMatchObject({ id: 'a', amount: null });
  });
});

import { randomBytes } from 'node:crypto';
import { ConfluentRegistry } from '../../src/decode/confluent-registry.ts';
import type { SchemaRegistry } from '../../src/decode/registry.ts';
import { describeShape, fieldPaths } from '../../src/flow/shape.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { sharedStack } from '../support/stack.ts';
import { scorerErrorOf } from '../support/thrown.ts';

const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more });
const recordOf = (...fields: object[]): object => ({ type: 'record', name: 'Event', namespace: 'test', fields });

const ONE = recordOf(field('id', 'string'), field('amount', { type: 'long', logicalType: 'timestamp-millis' }));
const TWO = recordOf(
  field('id', 'string'),
  field('amount', { type: 'long', logicalType: 'timestamp-millis' }),
  field('more', ['null', 'int'], { default: null }),
);
/** Cannot read what was written with ONE. */
const BROKEN = recordOf(field('id', 'string'), field('needed', 'int'));

/** A registry, and how to make a subject refuse what breaks its readers (Confluent's default, but not everyone's). */
interface RegistryWorld {
  readonly registry: SchemaRegistry;
  demandBackward(subject: string): Promise<void>;
  close(): void;
}

function fakeWorld(): RegistryWorld {
  return { registry: new FakeRegistry(), demandBackward: () => Promise.resolve(), close: () => undefined };
}

function realWorld(): RegistryWorld {
  const { registryUrl: url } = sharedStack();
  const registry = new ConfluentRegistry({ url, timeoutMs: 20_000, onFetch: () => undefined });
  return {
    registry,
    demandBackward: async (subject) => {
      const body = JSON.stringify({ compatibility: 'BACKWARD' });
      const headers = { 'content-type': 'application/json' };
      const path = `${url}/config/${encodeURIComponent(subject)}`;
      expect((await fetch(path, { method: 'PUT', headers, body })).status).toBe(200);
    },
    close: () => {
      registry.close();
    },
  };
}

describe.each([
  ['the fake', fakeWorld],
  ['the real thing', realWorld],
])('a schema registry: %s', (_name, open) => {
  let world: RegistryWorld;
  let registry: SchemaRegistry;
  beforeAll(() => {
    world = open();
    registry = world.registry;
  });
  afterAll(() => {
    world.close();
  });

  let subject: string;
  beforeEach(() => {
    subject = `t${randomBytes(4).toString('hex')}/a b-value`; // a name that a URL has to escape
  });

  it('answers a schema by its id, as it was registered', async () => {
    const id = await registry.register(subject, TWO);
    const shape = await registry.byId(id);
    expect(fieldPaths(shape)).toEqual(['id', 'amount', 'more']);
    expect(describeShape(shape)).toBe('record test.Event');
    expect(JSON.stringify(shape.schema())).toContain('timestamp-millis');
  });

  it('knows an id that it does not have', async () => {
    const { code, fate } = await scorerErrorOf(() => registry.byId(2_000_000_000));
    expect([code, fate]).toEqual(['SCHEMA_ID_UNKNOWN', 'dead']);
  });

  it('finds a schema that is registered again', async () => {
    const id = await registry.register(subject, ONE);
    expect(await registry.register(subject, ONE)).toBe(id);
    expect((await registry.latest(subject))!.id).toBe(id);
  });

  it('answers the newest schema of a subject', async () => {
    const one = await registry.register(subject, ONE);
    const two = await registry.register(subject, TWO);
    expect(two).not.toBe(one);
    const latest = await registry.latest(subject);
    expect(latest!.id).toBe(two);
    expect(fieldPaths(latest!.shape)).toContain('more');
    expect(fieldPaths(await registry.byId(one))).not.toContain('more');
  });

  it('finds the newest version that is as wanted', async () => {
    const one = await registry.register(subject, ONE);
    const two = await registry.register(subject, TWO);
    const find = async (wanted: (fields: string[]) => boolean) =>
      (await registry.find(subject, (shape) => wanted(fieldPaths(shape))))?.id;
    expect(await find(() => true)).toBe(two);
    expect(await find((fields) => !fields.includes('more'))).toBe(one);
    expect(await find(() => false)).toBeUndefined();
    expect(await registry.find(`${subject}-not`, () => true)).toBeUndefined();
  });

  it('knows that there is no such subject', async () => {
    expect(await registry.latest(subject)).toBeUndefined();
  });

  it('refuses a schema that cannot read what is there', async () => {
    const id = await registry.register(subject, ONE);
    await world.demandBackward(subject);
    const { code, problems } = await scorerErrorOf(() => registry.register(subject, BROKEN));
    expect([code, problems[0]!.where]).toEqual(['SCHEMA_INCOMPATIBLE', subject]);
    expect((await registry.latest(subject))!.id).toBe(id);
  });

  it('lists its subjects', async () => {
    await registry.register(subject, ONE);
    expect(await registry.subjects()).toContain(subject);
  });
});

import { randomBytes } from 'node:crypto';
import { ConfluentRegistry } from '../../src/decode/confluent-registry.ts';
import type { SchemaRegistry } from '../../src/decode/registry.ts';
import type { ScorerError } from '../../src/errors.ts';
import { describeType, fieldPaths } from '../../src/flow/schema-node.ts';
import { isAbortOf } from '../../src/runtime/abort.ts';
import { untilAvailable } from '../../src/runtime/retry.ts';
import { FakeRegistry, FIRST_GLOBAL_ID } from '../support/fake-registry.ts';
import { sharedStack } from '../support/stack.ts';
import { scorerErrorOf } from '../support/thrown.ts';

const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more });
const recordOf = (...fields: object[]): object => ({
  type: 'record',
  name: 'Event',
  namespace: 'test',
  fields,
});

const ONE = recordOf(
  field('id', 'string'),
  field('amount', { type: 'long', logicalType: 'timestamp-millis' }),
);
const TWO = recordOf(
  field('id', 'string'),
  field('amount', { type: 'long', logicalType: 'timestamp-millis' }),
  field('more', ['null', 'int'], { default: null }),
);
/** Cannot read what was written with ONE. */
const BROKEN = recordOf(field('id', 'string'), field('needed', 'int'));

/**
 * A registry, and how to make a subject refuse what breaks its readers (Confluent's default, but
 * not everyone's).
 */
interface RegistryWorld {
  readonly registry: SchemaRegistry;
  demandBackward(subject: string): Promise<void>;
  /**
   * The number that Apicurio's own API gives a subject's newest version; undefined where it is
   * another registry.
   */
  globalId(subject: string, id: number): Promise<bigint | undefined>;
  /** Registers what refers to another subject's first version. */
  registerReferring(
    subject: string,
    schema: object,
    to: { name: string; subject: string },
  ): Promise<number>;
  close(): void;
}

function fakeWorld(): RegistryWorld {
  const registry = new FakeRegistry();
  return {
    registry,
    demandBackward: () => Promise.resolve(),
    globalId: (_subject, id) => Promise.resolve(BigInt(id + FIRST_GLOBAL_ID - 1)),
    registerReferring: async (subject, schema, to) =>
      registry.register(subject, schema, [to.subject]),
    close: () => undefined,
  };
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
    globalId: async (subject) => {
      const [base, api] = url.split('/apis/ccompat');
      if (api === undefined) return undefined;
      const path = `${base!}/apis/registry/v3/groups/default/artifacts/${encodeURIComponent(subject)}/versions/branch=latest`;
      return BigInt(((await (await fetch(path)).json()) as { globalId: number }).globalId);
    },
    registerReferring: async (subject, schema, to) => {
      const body = JSON.stringify({
        schema: JSON.stringify(schema),
        references: [{ ...to, version: 1 }],
      });
      const headers = { 'content-type': 'application/json' };
      const path = `${url}/subjects/${encodeURIComponent(subject)}/versions`;
      return (
        (await (await fetch(path, { method: 'POST', headers, body })).json()) as { id: number }
      ).id;
    },
    close: () => {
      registry.close();
    },
  };
}

/**
 * A real registry on a busy machine may not answer in time. The service asks again then, and so
 * does a test; whatever else is wrong is thrown at once.
 */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  let outage: ScorerError | undefined;
  const signal = AbortSignal.timeout(90_000);
  try {
    return await untilAvailable(work, { signal, onRetry: (error) => (outage = error) });
  } catch (error) {
    throw isAbortOf(signal, error) ? outage : error;
  }
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
    const node = await registry.byId(id);
    expect(fieldPaths(node)).toEqual(['id', 'amount', 'more']);
    expect(describeType(node)).toBe('record test.Event');
    expect(JSON.stringify(node.schema())).toContain('timestamp-millis');
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
    expect(fieldPaths(latest!.node)).toContain('more');
    expect(fieldPaths(await registry.byId(one))).not.toContain('more');
  });

  it('finds the newest version that is as wanted', async () => {
    const one = await registry.register(subject, ONE);
    const two = await registry.register(subject, TWO);
    const find = async (wanted: (fields: string[]) => boolean) =>
      (await registry.find(subject, (node) => wanted(fieldPaths(node))))?.id;
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

  it('tells what a subject would take, and registers nothing', async () => {
    expect(await registry.compatible(subject, ONE)).toEqual({ ok: true, messages: [] });
    const id = await registry.register(subject, ONE);
    await world.demandBackward(subject);
    expect((await registry.compatible(subject, TWO))!.ok).toBe(true);
    // Apicurio has no words for it
    expect((await registry.compatible(subject, BROKEN))!.ok).toBe(false);
    expect((await registry.latest(subject))!.id).toBe(id);
  });

  it('reads a schema with those that it refers to', async () => {
    const card = {
      type: 'record',
      name: 'Card',
      namespace: 'test',
      fields: [field('limit', 'int')],
    };
    await registry.register(`${subject}-card`, card);
    const referring = recordOf(
      field('card', 'test.Card'),
      field('other', ['null', 'test.Card'], { default: null }),
    );
    const id = await world.registerReferring(subject, referring, {
      name: 'test.Card',
      subject: `${subject}-card`,
    });
    const nodes = [await registry.byId(id), (await registry.latest(subject))!.node];
    const global = await world.globalId(subject, id);
    if (global !== undefined) nodes.push(await registry.byId(`globalId ${global}`));
    for (const node of nodes)
      expect(fieldPaths(node)).toEqual(['card', 'card.limit', 'other', 'other.limit']);
  });

  it('takes each kind of number for what it is', async () => {
    const one = await registry.register(subject, ONE);
    const global = await world.globalId(subject, one);
    await registry.register(subject, TWO);
    if (global === undefined) {
      const codes = [`globalId ${BigInt(one)}`, `contentId ${BigInt(one)}`] as const;
      for (const key of codes)
        expect((await scorerErrorOf(() => registry.byId(key))).code).toBe('SCHEMA_ID_KIND');
      return;
    }
    expect(fieldPaths(await registry.byId(`globalId ${global}`))).toEqual(['id', 'amount']);
    expect(fieldPaths(await registry.byId(`contentId ${BigInt(one)}`))).toEqual(['id', 'amount']);
    for (const key of [
      'globalId 4000000000000',
      'contentId 4000000000000',
      'globalId -3',
    ] as const) {
      expect((await scorerErrorOf(() => registry.byId(key))).code).toBe('SCHEMA_ID_UNKNOWN');
    }
  });

  it('says of a GUID either that there is none, or that it resolves none', async () => {
    const { code } = await scorerErrorOf(() =>
      patiently(() => registry.byId('guid 89791762-2336-186f-9674-36b00b34d8f7')),
    );
    expect(['SCHEMA_ID_KIND', 'SCHEMA_ID_UNKNOWN']).toContain(code);
  });

  it('lists its subjects', async () => {
    await registry.register(subject, ONE);
    expect(await registry.subjects()).toContain(subject);
  });
});

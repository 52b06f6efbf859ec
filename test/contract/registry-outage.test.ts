import { ConfluentRegistry, type ConfluentRegistryOptions } from '../../src/decode/confluent-registry.ts';
import { answers, HANGS, HANGS_UP, SwitchableServer, type Answer } from '../support/switchable-server.ts';
import { scorerErrorOf } from '../support/thrown.ts';

const HEALTHY = answers(200, JSON.stringify({ schema: '"string"' }));
const NO_SUCH_ID = answers(404, JSON.stringify({ error_code: 40403, message: 'Schema 7 not found' }));

/** What no registry of this suite takes longer for, unless it hangs. */
const PLENTY_MS = 60_000;
/** Short enough to be waited for, where it is certain that no answer comes. */
const SOON_MS = 50;

describe('the registry client', () => {
  const registries: ConfluentRegistry[] = [];
  let server: SwitchableServer;
  beforeEach(async () => {
    server = await new SwitchableServer(HEALTHY).start();
  });
  afterEach(async () => {
    for (const registry of registries.splice(0)) registry.close();
    await server.stop();
  });

  function registryOf(options: Partial<ConfluentRegistryOptions> = {}): ConfluentRegistry {
    const registry = new ConfluentRegistry({
      url: server.url,
      timeoutMs: PLENTY_MS,
      onFetch: () => undefined,
      ...options,
    });
    registries.push(registry);
    return registry;
  }

  const kindOf = async (registry: ConfluentRegistry, id = 7): Promise<string> => (await registry.byId(id)).kind;
  const failureOf = async (registry: ConfluentRegistry, id = 7) => {
    const { code, fate, problems } = await scorerErrorOf(() => registry.byId(id));
    return { code, fate, what: problems[0]!.what };
  };
  const OUTAGE = { code: 'REGISTRY_UNAVAILABLE', fate: 'retry' };

  // The client itself has no time limit, and hands the hung promise to everyone who asks for the same id later.
  it('does not wait for a registry that hangs, and asks anew once it answers again', async () => {
    server.answer = HANGS;
    const registry = registryOf({ timeoutMs: SOON_MS });
    expect(await failureOf(registry)).toMatchObject(OUTAGE);
    expect(await failureOf(registry)).toMatchObject(OUTAGE);
    server.answer = HEALTHY;
    expect(await kindOf(registry)).toBe('string');
  });

  it.each<[string, (registry: ConfluentRegistry) => Promise<unknown>]>([
    ['latest', (registry) => registry.latest('in-value')],
    ['register', (registry) => registry.register('out-value', { type: 'record', name: 'R', fields: [] })],
    ['subjects', (registry) => registry.subjects()],
  ])('ends %s as well where the registry hangs', async (_what, call) => {
    server.answer = HANGS;
    expect((await scorerErrorOf(() => call(registryOf({ timeoutMs: SOON_MS })))).code).toBe('REGISTRY_UNAVAILABLE');
  });

  // The client reports a refused connection as an answer with status 400.
  it('takes a refused connection for an outage, not for an unknown id', async () => {
    const registry = registryOf();
    await server.stop();
    expect(await failureOf(registry)).toMatchObject({ ...OUTAGE, what: expect.stringContaining('ECONNREFUSED') as string }); // prettier-ignore
    expect((await scorerErrorOf(() => registry.latest('in-value'))).code).toBe('REGISTRY_UNAVAILABLE');
    await server.start();
    expect(await kindOf(registry)).toBe('string');
  });

  it.each<[string, Answer]>([
    ['hangs up', HANGS_UP],
    ['fails', answers(500, '{"error_code":50001,"message":"store"}')],
    ['is starting', answers(503, '')],
    ['is behind a gateway that has lost it', answers(502, '<html>Bad Gateway</html>', 'text/html')],
    ['is behind a proxy that does not know it any more', answers(404, '<html>default backend</html>', 'text/html')],
    ['is behind a proxy without words', answers(404, '')],
    ['wants credentials', answers(401, '{"error_code":401,"message":"Unauthorized"}')],
    ['wants other credentials', answers(403, '{"error_code":403,"message":"Forbidden"}')],
    ['is asked too often', answers(429, '{"error_code":429,"message":"slow down"}')],
  ])('takes it for an outage that the registry %s', async (_what, answer) => {
    server.answer = answer;
    const registry = registryOf();
    expect(await failureOf(registry)).toMatchObject(OUTAGE);
    expect((await scorerErrorOf(() => registry.latest('in-value'))).code).toBe('REGISTRY_UNAVAILABLE');
    server.answer = HEALTHY;
    expect(await kindOf(registry)).toBe('string');
  });

  it.each<[string, Answer, string]>([
    ['there is no such id', NO_SUCH_ID, 'SCHEMA_ID_UNKNOWN'],
    ['the schema is of another kind', answers(200, '{"schemaType":"JSON","schema":"{}"}'), 'SCHEMA_NOT_AVRO'],
    ['the schema is not valid', answers(200, '{"schema":"{\\"type\\":\\"nothing\\"}"}'), 'SCHEMA_INVALID'],
  ])('takes it for the record’s own fault that %s', async (_what, answer, code) => {
    server.answer = answer;
    expect(await failureOf(registryOf())).toMatchObject({ code, fate: 'dead' });
  });

  it('counts what it fetched by how it went', async () => {
    const outcomes: string[] = [];
    const registry = registryOf({ onFetch: (outcome) => outcomes.push(outcome) });
    await registry.byId(1);
    server.answer = NO_SUCH_ID;
    await failureOf(registry, 2);
    server.answer = answers(503, '');
    await failureOf(registry, 3);
    expect(outcomes).toEqual(['ok', 'unknown', 'unavailable']);
  });

  // The client writes the retry options of every instance into the same defaults.
  it('leaves waiting and asking again to the pipeline, whatever other instances are told', async () => {
    server.answer = answers(503, '');
    const registry = registryOf();
    registryOf({ username: 'u', password: 'p', timeoutMs: SOON_MS });
    await failureOf(registry);
    expect(server.requests).toHaveLength(1);
  });

  it('keeps credentials and time limits of one instance from the others', async () => {
    const signed = registryOf({ username: 'u', password: 'p', timeoutMs: SOON_MS });
    const plain = registryOf();
    await Promise.all([signed.byId(1), plain.byId(2)]);
    const sent = server.requests.map(({ url, headers }) => `${url ?? ''} ${headers.authorization ?? 'nobody'}`);
    expect(sent.sort()).toEqual([`/schemas/ids/1 Basic ${btoa('u:p')}`, '/schemas/ids/2 nobody']);

    server.answer = HANGS;
    const waiting = kindOf(plain, 3);
    expect(await failureOf(signed, 4)).toMatchObject(OUTAGE);
    server.answer = HEALTHY;
    expect(await kindOf(signed, 4)).toBe('string');
    await server.stop(); // ends the request that still waits
    await expect(waiting).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });

  it('does not show credentials that are part of the URL', async () => {
    await server.stop();
    const registry = registryOf({ url: server.url.replace('//', '//user:secret@') });
    const { message } = await scorerErrorOf(() => registry.byId(1));
    expect(message).not.toContain('secret');
  });
});

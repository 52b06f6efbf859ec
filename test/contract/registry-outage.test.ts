import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import {
  ConfluentRegistry,
  type ConfluentRegistryOptions,
} from '../../src/decode/confluent-registry.ts';
import {
  answers,
  HANGS,
  HANGS_UP,
  SwitchableServer,
  type Answer,
} from '../support/switchable-server.ts';
import { scorerErrorOf } from '../support/thrown.ts';

const HEALTHY = answers(200, JSON.stringify({ schema: '"string"' }));
const NO_SUCH_ID = answers(
  404,
  JSON.stringify({ error_code: 40403, message: 'Schema 7 not found' }),
);

/** What no registry of this suite takes longer for, unless it hangs. */
const PLENTY_MS = 60_000;
/** Short enough to be waited for, where it is certain that no answer comes. */
const SOON_MS = 500;

function packed(coding: string, body: Buffer): Answer {
  return (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding })
      .end(body);
  };
}

function redirects(status: number, location: string): Answer {
  return (_request, response) => {
    response.writeHead(status, { location }).end();
  };
}

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

  const kindOf = async (registry: ConfluentRegistry, id = 7): Promise<string> =>
    (await registry.byId(id)).kind;
  const failureOf = async (registry: ConfluentRegistry, id = 7) => {
    const { code, fate, problems } = await scorerErrorOf(() => registry.byId(id));
    return { code, fate, what: problems[0]!.what };
  };
  const OUTAGE = { code: 'REGISTRY_UNAVAILABLE', fate: 'retry' };

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
    [
      'register',
      (registry) => registry.register('out-value', { type: 'record', name: 'R', fields: [] }),
    ],
    ['subjects', (registry) => registry.subjects()],
  ])('ends %s as well where the registry hangs', async (_what, call) => {
    server.answer = HANGS;
    expect((await scorerErrorOf(() => call(registryOf({ timeoutMs: SOON_MS })))).code).toBe(
      'REGISTRY_UNAVAILABLE',
    );
  });

  it('takes a refused connection for an outage, not for an unknown id', async () => {
    const registry = registryOf();
    await server.stop();
    expect(await failureOf(registry)).toMatchObject({
      ...OUTAGE,
      what: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect((await scorerErrorOf(() => registry.latest('in-value'))).code).toBe(
      'REGISTRY_UNAVAILABLE',
    );
    await server.start();
    expect(await kindOf(registry)).toBe('string');
  });

  it.each<[string, Answer]>([
    ['hangs up', HANGS_UP],
    ['fails', answers(500, '{"error_code":50001,"message":"store"}')],
    ['is starting', answers(503, '')],
    ['is behind a gateway that has lost it', answers(502, '<html>Bad Gateway</html>', 'text/html')],
    [
      'is behind a proxy that does not know it any more',
      answers(404, '<html>default backend</html>', 'text/html'),
    ],
    ['is behind a proxy without words', answers(404, '')],
    ['wants credentials', answers(401, '{"error_code":401,"message":"Unauthorized"}')],
    ['wants other credentials', answers(403, '{"error_code":403,"message":"Forbidden"}')],
    ['is a login page', answers(200, '<html>Please log in</html>', 'text/html')],
    ['answers with nothing', answers(200, '')],
    ['answers with half of it', answers(200, '{"schema":"\\"str')],
    ['answers with other JSON', answers(200, '{"status":"UP"}')],
    ['answers without a schema in it', answers(200, '{"schema":null}')],
    ['is not sure', answers(422, '{"error_code":422,"message":"not now"}')],
    ['takes too long itself', answers(408, '{"error_code":408,"message":"late"}')],
    ['takes it for too early', answers(425, '')],
    ['is packed as nobody can unpack it', packed('zip', Buffer.from('?'))],
    ['is packed and broken', packed('gzip', Buffer.from('no gzip'))],
    ['sends everybody round in circles', redirects(302, '/round')],
    ['sends everybody to another protocol', redirects(302, 'ftp://127.0.0.1/')],
    ['is asked too often', answers(429, '{"error_code":429,"message":"slow down"}')],
  ])('takes it for an outage that the registry %s', async (_what, answer) => {
    server.answer = answer;
    const registry = registryOf();
    expect(await failureOf(registry)).toMatchObject(OUTAGE);
    expect((await scorerErrorOf(() => registry.latest('in-value'))).code).toBe(
      'REGISTRY_UNAVAILABLE',
    );
    server.answer = HEALTHY;
    expect(await kindOf(registry)).toBe('string');
  });

  it.each<[string, Answer, string]>([
    ['there is no such id', NO_SUCH_ID, 'SCHEMA_ID_UNKNOWN'],
    [
      'the schema is of another kind',
      answers(200, '{"schemaType":"JSON","schema":"{}"}'),
      'SCHEMA_NOT_AVRO',
    ],
    [
      'the schema is not valid',
      answers(200, '{"schema":"{\\"type\\":\\"nothing\\"}"}'),
      'SCHEMA_INVALID',
    ],
  ])('takes it for the record’s own fault that %s', async (_what, answer, code) => {
    server.answer = answer;
    expect(await failureOf(registryOf())).toMatchObject({ code, fate: 'dead' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('unpacks %s', async (coding, pack) => {
    server.answer = packed(coding, pack('{"schema":"\\"string\\""}'));
    expect(await kindOf(registryOf())).toBe('string');
  });

  it.each([301, 302, 303, 307, 308])(
    'follows a redirect with status %i, but takes no credentials to another host',
    async (status) => {
      const other = await new SwitchableServer(HEALTHY).start();
      try {
        server.answer = (request, response) => {
          const location = request.url!.includes('/moved/')
            ? `${other.url}/there`
            : `/moved${request.url!}`;
          response.writeHead(status, { location }).end();
        };
        const registry = registryOf({ username: 'u', password: 'p' });
        expect(await kindOf(registry)).toBe('string');
        const sent = [...server.requests, ...other.requests].map(({ url, headers }) => [
          url,
          headers.authorization,
        ]);
        const basic = `Basic ${btoa('u:p')}`;
        expect(sent).toEqual([
          ['/schemas/ids/7', basic],
          ['/moved/schemas/ids/7', basic],
          ['/there', undefined],
        ]);
      } finally {
        await other.stop();
      }
    },
  );

  it.each<[string, (response: ServerResponse) => Writable]>([
    ['plain', (response) => response.writeHead(200)],
    [
      'packed',
      (response) => {
        const zip = createGzip();
        zip.pipe(response.writeHead(200, { 'content-encoding': 'gzip' }));
        return zip;
      },
    ],
  ])('ends a %s body that has no end by its size', async (_how, open) => {
    let ended = Promise.resolve<unknown>(undefined);
    server.answer = (_request, response) => {
      const out = open(response);
      const closed = Promise.withResolvers<unknown>();
      ended = closed.promise;
      response.on('close', closed.resolve).on('error', () => undefined);
      const chunk = Buffer.alloc(1 << 16, ' ');
      const more = (): void => {
        while (!response.destroyed && out.write(chunk));
      };
      out.on('drain', more);
      more();
    };
    expect(await failureOf(registryOf())).toMatchObject({
      ...OUTAGE,
      what: expect.stringContaining('more than 16777216 bytes') as string,
    });
    await ended;
  });

  it('ends a body that drips by the time that is left', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200).write('{"schema":');
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => {
        clearInterval(timer);
      });
    };
    expect(await failureOf(registryOf({ timeoutMs: SOON_MS }))).toMatchObject({
      ...OUTAGE,
      what: expect.stringContaining(`within ${SOON_MS} ms`) as string,
    });
  });

  it('takes an odd answer for one id alone where others are answered as they should be', async () => {
    const registry = registryOf();
    await registry.byId(1);
    server.answer = (request, response) => {
      const odd = request.url!.endsWith('/7');
      (odd ? answers(422, '{"error_code":422,"message":"no"}') : HEALTHY)(request, response);
    };
    expect(await failureOf(registry)).toMatchObject({
      code: 'SCHEMA_ID_UNKNOWN',
      what: expect.stringContaining('status 422') as string,
    });
    server.answer = (request, response) => {
      (request.url!.endsWith('/7') ? answers(500, '') : HEALTHY)(request, response);
    };
    expect(await failureOf(registry)).toMatchObject(OUTAGE);
  });

  it('asks for each kind of number where it belongs, and never for another kind', async () => {
    const registry = registryOf({ url: `${server.url}/apis/ccompat/v7` });
    server.answer = (request, response) => {
      const mine = /\/apis\/registry\/v3\/ids\/(globalIds|contentIds)\/7\?|\/guids\//.test(
        request.url!,
      );
      (mine
        ? answers(200, request.url!.includes('guids') ? '{"schema":"\\"int\\""}' : '"long"')
        : HEALTHY)(request, response);
    };
    expect((await registry.byId('globalId 7')).kind).toBe('long');
    expect((await registry.byId('contentId 7')).kind).toBe('long');
    expect((await registry.byId('guid 89791762-2336-186f-9674-36b00b34d8f7')).kind).toBe('int');
    expect(await kindOf(registry)).toBe('string');
    server.answer = (request, response) => {
      const there = request.url!.startsWith('/apis/ccompat/v7/schemas/ids/');
      (there
        ? HEALTHY
        : answers(
            404,
            request.url!.includes('/v2/')
              ? ''
              : '{"error_code":404,"message":"HTTP 404 Not Found"}',
          ))(request, response);
    };
    for (const key of [
      'globalId 7',
      'contentId 7',
      'guid 89791762-2336-186f-9674-36b00b34d8f7',
    ] as const) {
      expect((await scorerErrorOf(() => registry.byId(key))).code).toBe('SCHEMA_ID_KIND');
    }
    server.answer = answers(404, '');
    expect((await scorerErrorOf(() => registry.byId('globalId 7'))).code).toBe(
      'REGISTRY_UNAVAILABLE',
    );
  });

  it('says what is wrong with the others, where a kind of number is not resolved and they fail', async () => {
    const registry = registryOf();
    server.answer = (request, response) => {
      answers(request.url!.includes('guids') ? 404 : 503, '')(request, response);
    };
    const failed = () => registry.byId('guid 89791762-2336-186f-9674-36b00b34d8f7');
    const { code, problems } = await scorerErrorOf(failed);
    expect([code, problems[0]!.what]).toEqual([
      'REGISTRY_UNAVAILABLE',
      'the schema registry does not answer: status 503',
    ]);
  });

  it('takes an API that cannot compare schemas for what it is', async () => {
    server.answer = answers(404, '{"error_code":404,"message":"HTTP 404 Not Found"}');
    expect(await registryOf().compatible('s', { type: 'string' })).toBeUndefined();
    server.answer = answers(404, '{"error_code":40401,"message":"no subject"}');
    expect(await registryOf().compatible('s', { type: 'string' })).toEqual({
      ok: true,
      messages: [],
    });
    server.answer = answers(200, '<html>');
    expect((await scorerErrorOf(() => registryOf().compatible('s', { type: 'string' }))).code).toBe(
      'REGISTRY_UNAVAILABLE',
    );
  });

  it('does not end in circles of references', async () => {
    server.answer = answers(
      200,
      '{"schema":"\\"string\\"","references":[{"name":"a","subject":"s","version":1}]}',
    );
    expect(await kindOf(registryOf())).toBe('string');
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
    const sent = server.requests.map(
      ({ url, headers }) => `${url ?? ''} ${headers.authorization ?? 'nobody'}`,
    );
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

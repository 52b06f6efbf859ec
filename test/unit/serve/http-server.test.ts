import type { Started } from '../../../src/runtime/lifecycle.ts';
import { startHttp, type HttpOptions } from '../../../src/serve/http-server.ts';
import { probePort, type HttpAddress } from '../../../src/serve/probe-port.ts';

describe('the HTTP server', () => {
  let server: Started<HttpAddress> | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  interface Given {
    readonly live?: string;
    readonly ready?: string;
    readonly token?: string;
    readonly metrics?: HttpOptions['metrics'];
  }

  async function serve({ live, ready, token, metrics }: Given = {}) {
    server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      token,
      health: { live: () => live, ready: () => ready },
      metrics: metrics ?? {
        contentType: 'text/plain; version=0.0.4',
        metrics: () => Promise.resolve('m 1\n'),
      },
    });
    const { host, port } = server.value;
    return async (path: string, authorization?: string) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const response = await fetch(`http://${host}:${port}${path}`, { headers });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
  }

  it('tells the port it was given', async () => {
    await serve();
    expect(server!.value.port).toBeGreaterThan(0);
  });

  it('answers its probes', async () => {
    const get = await serve();
    expect(await get('/livez')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
  });

  it('says why it is not live, or not ready', async () => {
    const get = await serve({ live: 'failed: a bug', ready: 'waiting for the consumer group' });
    expect(await get('/livez')).toMatchObject({ status: 503, text: 'failed: a bug\n' });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      text: 'waiting for the consumer group\n',
    });
  });

  it('serves the metrics as they are typed', async () => {
    const { headers, ...rest } = await (await serve())('/metrics');
    expect(rest).toEqual({ status: 200, text: 'm 1\n' });
    expect(headers.get('content-type')).toContain('version=0.0.4');
  });

  it('answers other paths with what there is', async () => {
    const { status, text } = await (await serve())('/nowhere');
    expect(status).toBe(404);
    for (const path of ['/livez', '/readyz', '/metrics']) expect(text).toContain(path);
  });

  describe('with a token', () => {
    it.each([
      ['without any', undefined],
      ['with another of the same length', 'Bearer secreT'],
      ['with the beginning of it', 'Bearer secre'],
      ['with more than it', 'Bearer secret1'],
      ['of another scheme', 'Basic secret'],
    ])('refuses a caller %s', async (_what, authorization) => {
      const get = await serve({ token: 'secret' });
      for (const path of ['/metrics', '/nowhere', '/metrics/../metrics', '/livez/..%2fmetrics']) {
        const { status, headers, text } = await get(path, authorization);
        expect([path, status, headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
        expect(text).not.toContain('secret');
      }
    });

    it('lets the caller in who has it', async () => {
      const get = await serve({ token: 'secret' });
      expect((await get('/metrics', 'Bearer secret')).status).toBe(200);
      expect((await get('/metrics', 'bearer secret')).status).toBe(200);
    });

    it('leaves the probes open, with a query as well', async () => {
      const get = await serve({ token: 'secret' });
      expect((await get('/livez')).status).toBe(200);
      expect((await get('/readyz?verbose')).status).toBe(200);
    });
  });

  it('closes though a client keeps its connection', async () => {
    const get = await serve();
    await get('/livez'); // fetch keeps the connection alive
    await server!.stop();
    await expect(get('/livez')).rejects.toThrow('fetch failed');
    server = undefined;
  });

  it('does not start on a port that is taken', async () => {
    await serve();
    const { port } = server!.value;
    const health = { live: () => undefined, ready: () => undefined };
    const metrics = { contentType: 'text/plain', metrics: () => Promise.resolve('') };
    await expect(startHttp({ host: '127.0.0.1', port, health, metrics })).rejects.toMatchObject({
      exitCode: 2,
      problems: [
        {
          code: 'HTTP_PORT_IN_USE',
          where: 'http.port',
          what: `another program listens on 127.0.0.1:${port}`,
        },
      ],
    });
  });

  it('tells beforehand whether it could start, and leaves nothing open', async () => {
    await serve();
    const address = { ...server!.value };
    expect(await probePort(address)).toMatchObject([{ code: 'HTTP_PORT_IN_USE' }]);
    expect(await probePort({ ...address, port: 0 })).toEqual([]);
    expect(await probePort({ host: '192.0.2.1', port: 8080 })).toMatchObject([
      { code: 'HTTP_ADDRESS', where: 'http.host' },
    ]);
    await server!.stop();
    server = undefined;
    expect(await probePort(address)).toEqual([]);
    expect(await probePort(address)).toEqual([]);
  });
});

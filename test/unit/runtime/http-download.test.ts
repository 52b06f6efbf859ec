import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { httpDownload, type HttpDownload } from '../../../src/runtime/http-download.ts';

const BYTES = Buffer.alloc(300_000, 'bytes');

describe('a download', () => {
  let server: Server;
  const agents = { http: new Agent(), https: new TlsAgent() };
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function download(answer: RequestListener, more: Partial<HttpDownload> = {}) {
    server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return httpDownload(
      {
        url,
        headers: {},
        agents,
        timeoutMs: 60_000,
        maxBytes: 1_000_000,
        raw: false,
        signal: new AbortController().signal,
        ...more,
      },
      async ({ status, chunks }) => {
        const all: Buffer[] = [];
        for await (const chunk of chunks) all.push(chunk);
        return { status, bytes: Buffer.concat(all) };
      },
    );
  }

  it('has the whole body', async () => {
    const { status, bytes } = await download((_request, response) => response.end(BYTES));
    expect([status, bytes.equals(BYTES)]).toEqual([200, true]);
  });

  it('asks for no compression, and removes one that it gets; not if it is raw', async () => {
    const coded: string[] = [];
    const answer: RequestListener = (request, response) => {
      coded.push(String(request.headers['accept-encoding']));
      response.setHeader('content-encoding', 'gzip').end(gzipSync(BYTES));
    };
    expect((await download(answer)).bytes.equals(BYTES)).toBe(true);
    server.close();
    const { bytes } = await download(answer, { raw: true });
    expect(bytes.equals(gzipSync(BYTES))).toBe(true);
    expect(coded).toEqual(['identity', 'identity']);
  });

  it('fails where the body ends early, is too large or does not go on', async () => {
    const half: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': BYTES.length });
      response.write(BYTES.subarray(0, 1000), () => response.destroy());
    };
    await expect(download(half)).rejects.toThrow();
    server.close();
    const whole: RequestListener = (_request, response) => response.end(BYTES);
    await expect(download(whole, { maxBytes: 1000 })).rejects.toThrow(
      'the answer has more than 1000 bytes',
    );
    server.close();
    const stalls: RequestListener = (_request, response) => response.write('a piece');
    await expect(download(stalls, { timeoutMs: 50 })).rejects.toThrow('no answer within 50 ms');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const stalls: RequestListener = (_request, response) => {
      response.write('a piece', () => {
        stop.abort(new Error('told to stop'));
      });
    };
    await expect(download(stalls, { signal: stop.signal })).rejects.toThrow('told to stop');
  });
});

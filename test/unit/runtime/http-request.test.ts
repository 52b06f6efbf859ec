import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { deflateRawSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { httpRequest, type HttpAnswer } from '../../../src/runtime/http-request.ts';

const TEXT = Buffer.from('{"schema": "a text that is long enough to be packed, packed, packed"}');

describe('an HTTP request', () => {
  let server: Server;
  const agents = { http: new Agent(), https: new TlsAgent() };
  afterEach(() => {
    agents.http.destroy();
    server.close();
    server.closeAllConnections();
  });

  async function ask(answer: RequestListener): Promise<HttpAnswer> {
    server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return httpRequest({
      method: 'GET',
      url,
      headers: {},
      agents,
      timeoutMs: 60_000,
      maxBytes: 1000,
    });
  }

  it.each([
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)], // as some servers have it
    ['zstd', zstdCompressSync(TEXT)],
  ])('unpacks a body: %s', async (coding, bytes) => {
    const { body } = await ask((_request, response) => {
      response.setHeader('content-encoding', coding);
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    expect(body.toString()).toBe(TEXT.toString());
  });

  it('ends where the answer switches protocols', async () => {
    const answer = ask(({ socket }) =>
      socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    );
    await expect(answer).rejects.toThrow('the connection was closed without an answer');
  });

  it('fails where a body is not packed as it says, or is cut', async () => {
    for (const bytes of [
      TEXT,
      deflateRawSync(TEXT).subarray(0, 20),
      deflateSync(TEXT).subarray(0, 20),
    ]) {
      const answer = ask((_request, response) =>
        response.setHeader('content-encoding', 'deflate').end(bytes),
      );
      await expect(answer).rejects.toThrow(Error);
    }
  });
});

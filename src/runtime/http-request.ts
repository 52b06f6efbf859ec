import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { pipeline, Transform, type Duplex, type Readable } from 'node:stream';
// Imported as a whole: in a Node.js without zstd, the program can report it. An import by name
// would fail.
import * as zlib from 'node:zlib';
import { http, https } from './node-http.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Basic credentials. They are sent only to the host of `url`, whatever the redirects. */
  readonly authorization?: string | undefined;
  readonly agents: { readonly http: Agent; readonly https: Agent };
  /** For everything together: connection, redirects and the whole body. */
  readonly timeoutMs: number;
  /** Size of the body, decompressed. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_CODINGS = 3;
/** The lower half of the first byte in zlib's format. A raw stream hardly ever begins with it. */
const ZLIB_METHOD = 8;

/**
 * One HTTP request that always ends: within its time, its bytes and at most five redirects. The
 * body is decompressed. Rejects with a readable error, and leaves nothing behind that could fail
 * later.
 */
export async function httpRequest(wanted: HttpRequest): Promise<HttpAnswer> {
  const stop = new AbortController();
  const late = new Error(`no answer within ${wanted.timeoutMs} ms`);
  const timer = setTimeout(() => {
    stop.abort(late);
  }, wanted.timeoutMs);
  try {
    return await follow(wanted, stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? late : error;
  } finally {
    clearTimeout(timer);
  }
}

async function follow(wanted: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  let request = wanted;
  for (let redirects = 0; ; redirects++) {
    const response = await send(request, signal);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (!REDIRECTS.has(status) || location === undefined) {
      return { status, headers: response.headers, body: await bodyOf(response, wanted.maxBytes) };
    }
    response.destroy();
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    request = redirected(request, status, location);
  }
}

/**
 * The request after a redirect. The method is kept, except for "see other". Credentials never leave
 * their host.
 */
function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const { url, authorization, body, ...rest } = request;
  const next = URL.parse(location, url.href);
  if (next === null || !/^https?:$/.test(next.protocol))
    throw new Error('a redirect to an address that is not HTTP');
  if (url.protocol === 'https:' && next.protocol === 'http:')
    throw new Error('a redirect from https to http');
  const same = next.origin === url.origin;
  const method = status === 303 ? 'GET' : request.method;
  return {
    ...rest,
    method,
    url: next,
    ...(same ? { authorization } : {}),
    ...(method === 'GET' ? {} : { body }),
  };
}

function send(wanted: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, body, authorization, agents } = wanted;
  const tls = url.protocol === 'https:';
  const headers = {
    ...wanted.headers,
    'accept-encoding': 'gzip, deflate, br',
    ...(authorization === undefined ? {} : { authorization }),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const options: RequestOptions = { method, headers, agent: tls ? agents.https : agents.http };
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw signal.reason;
    const request = (tls ? https : http).request(url, options, (response) => {
      // whoever reads the body gets the error
      response.on('error', () => undefined);
      signal.addEventListener('abort', () => response.destroy(signal.reason as Error), {
        once: true,
      });
      resolve(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed a kept connection just as it was used again. This says nothing about the
      // server.
      const stale =
        request.reusedSocket &&
        ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') &&
        !signal.aborted;
      if (stale) resolve(send(wanted, signal));
      else reject(error);
    });
    // An answer that switches protocols (101) ends the request without an error, and destroying the
    // request then raises none.
    request.on('close', () => {
      reject(new Error('the connection was closed without an answer'));
    });
    signal.addEventListener('abort', () => request.destroy(signal.reason as Error), { once: true });
    request.end(body);
  });
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of unpacked(response)) {
    bytes += (chunk as Buffer).length;
    // this also ends the stream
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The body without its codings, also those that were not requested. */
function unpacked(response: IncomingMessage): Readable {
  const named = (response.headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const codings = named.filter((name) => name !== '' && name !== 'identity').reverse();
  if (codings.length > MAX_CODINGS)
    throw new Error(`the answer is compressed ${codings.length} times`);
  return codings.reduce<Readable>(
    (packed, coding) => pipeline(packed, unpacker(coding), () => undefined),
    response,
  );
}

function unpacker(coding: string): Duplex {
  if (coding === 'gzip' || coding === 'x-gzip') return zlib.createGunzip();
  if (coding === 'deflate') return eitherDeflate();
  if (coding === 'br') return zlib.createBrotliDecompress();
  if (coding === 'zstd') return zlib.createZstdDecompress();
  throw new Error(`the answer is compressed with the unknown coding ${coding}`);
}

/**
 * By the standard (RFC 9110) deflate has a header, but some servers do not send it: the first byte
 * tells.
 */
function eitherDeflate(): Duplex {
  let inner: zlib.Inflate | zlib.InflateRaw | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (inner === undefined) {
        inner = (chunk[0]! & 0x0f) === ZLIB_METHOD ? zlib.createInflate() : zlib.createInflateRaw();
        inner.on('data', (bytes) => this.push(bytes));
        inner.on('error', (error) => this.destroy(error));
      }
      inner.write(chunk, done);
    },
    flush(done) {
      if (inner === undefined) done();
      else inner.once('end', done).end();
    },
    destroy(error, done) {
      inner?.destroy();
      done(error);
    },
  });
}

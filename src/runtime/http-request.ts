import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { unpacked } from './http-body.ts';
import { http, https } from './node-http.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Credentials. They are sent only to the host of `url`, whatever the redirects. */
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
    const response = await openHttp(wanted, stop.signal);
    const { statusCode: status = 0, headers } = response;
    return { status, headers, body: await bodyOf(response, wanted.maxBytes) };
  } catch (error) {
    throw stop.signal.aborted ? late : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The answer after all redirects, before its body. Whoever opens it reads or destroys it. */
export async function openHttp(wanted: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  let request = wanted;
  for (let redirects = 0; ; redirects++) {
    const response = await send(request, signal);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (!REDIRECTS.has(status) || location === undefined) return response;
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
    'accept-encoding': 'gzip, deflate, br',
    ...wanted.headers,
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

import type { IncomingMessage } from 'node:http';
import { unpacked } from './http-body.ts';
import { openHttp, type HttpRequest } from './http-request.ts';

/** An answer whose body is read piece by piece, because it may be large. */
export interface HttpStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly chunks: AsyncIterable<Buffer>;
}

export interface HttpDownload extends Omit<HttpRequest, 'method' | 'body'> {
  /** The bytes as they were sent. Otherwise the codings of HTTP are removed. */
  readonly raw: boolean;
  readonly signal: AbortSignal;
}

/**
 * Downloads a body of any size up to `maxBytes`. There is a time limit for the answer and for each
 * further piece of it, and none for the whole. `use` gets the answer and reads it. A body that ends
 * early is an error.
 */
export async function httpDownload<T>(
  { raw, signal, ...wanted }: HttpDownload,
  use: (answer: HttpStream) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const late = new Error(`no answer within ${wanted.timeoutMs} ms`);
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => {
      stop.abort(late);
    }, wanted.timeoutMs);
  };
  const heard = (): void => {
    clearTimeout(timer);
  };
  wait();
  let response: IncomingMessage | undefined;
  try {
    const headers = { 'accept-encoding': 'identity', ...wanted.headers };
    const ended = AbortSignal.any([signal, stop.signal]);
    response = await openHttp({ ...wanted, headers, method: 'GET' }, ended);
    heard();
    const body = raw ? response : unpacked(response);
    const chunks = limited(body as AsyncIterable<Buffer>, wanted.maxBytes, wait, heard);
    return await use({ status: response.statusCode ?? 0, headers: response.headers, chunks });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw stop.signal.aborted ? late : error;
  } finally {
    heard();
    response?.destroy();
  }
}

async function* limited(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
  wait: () => void,
  heard: () => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  wait();
  for await (const chunk of body) {
    heard();
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    yield chunk;
    wait();
  }
  heard();
}

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ScorerError } from '../../errors.ts';
import { errorWords } from '../../runtime/error-words.ts';
import { httpDownload } from '../../runtime/http-download.ts';
import { httpRequest, type HttpAnswer, type HttpRequest } from '../../runtime/http-request.ts';
import { http, https } from '../../runtime/node-http.ts';
import { untilAvailable } from '../../runtime/retry.ts';
import type { Downloaded } from './download.ts';

/** How a source is reached. */
export interface SourceAccess {
  /** The address that the credentials belong to. They are sent to no other host. */
  readonly address: string;
  readonly credentials?: Credentials | undefined;
  /** PEM of the authority that signed the certificate of the source. */
  readonly ca?: string | undefined;
  /** For an answer, and for each piece of a file. */
  readonly timeoutMs: number;
  /** Size of one file. */
  readonly maxBytes: number;
}

export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string };

/** Attempts of one request, each after a short wait. */
const ATTEMPTS = 3;
/** Size of an answer that is not a file. */
const MAX_ANSWER_BYTES = 16 << 20;
/** Statuses that say nothing about the version: overload, a restart, a missing permission. */
const PASSES = new Set([401, 403, 407, 408, 421, 423, 425, 429]);

/** HTTP requests to a source of models. Every failure is an outage. */
export class SourceRequests {
  readonly #access: SourceAccess;
  readonly #agents: HttpRequest['agents'];

  constructor(access: SourceAccess) {
    const { ca } = access;
    this.#access = access;
    this.#agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) }),
    };
  }

  /** An answer of up to 16 MB, whatever its status. */
  async ask(url: URL, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#repeated(url, signal, async () => {
      const answer = await httpRequest({
        method: 'GET',
        headers: { accept: 'application/json' },
        ...this.#wanted(url),
        maxBytes: MAX_ANSWER_BYTES,
      });
      throwIfOutage(answer.status);
      return answer;
    });
  }

  /**
   * Downloads a file; undefined: it does not exist. `raw`: its bytes as they are sent, without
   * removing a compression of HTTP.
   */
  async download(
    url: URL,
    file: string,
    { raw = false, signal }: { readonly raw?: boolean; readonly signal: AbortSignal },
  ): Promise<Downloaded | undefined> {
    return this.#repeated(url, signal, () =>
      httpDownload(
        { headers: {}, ...this.#wanted(url), maxBytes: this.#access.maxBytes, raw, signal },
        async ({ status, chunks }) => {
          if (status === 404 || status === 410) return undefined;
          throwIfOutage(status);
          if (status !== 200) throw new Error(`status ${status}`);
          const hash = createHash('sha256');
          let bytes = 0;
          await pipeline(async function* read() {
            for await (const chunk of chunks) {
              hash.update(chunk);
              bytes += chunk.length;
              yield chunk;
            }
          }, createWriteStream(file));
          return { bytes, sha256: hash.digest('hex') };
        },
      ),
    );
  }

  /** An answer that is not one of this kind of source. */
  foreign(url: URL, why: string): ScorerError {
    return unavailable(url, why);
  }

  #wanted(url: URL): Pick<HttpRequest, 'url' | 'agents' | 'authorization' | 'timeoutMs'> {
    const { address, credentials, timeoutMs } = this.#access;
    const own = url.origin === new URL(address).origin && credentials !== undefined;
    return {
      url,
      agents: this.#agents,
      timeoutMs,
      ...(own ? { authorization: authorizationOf(credentials) } : {}),
    };
  }

  async #repeated<T>(url: URL, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return untilAvailable(
      async () => {
        try {
          return await work();
        } catch (error) {
          if (signal.aborted || isOfDisk(error)) throw error;
          throw unavailable(url, errorWords(error));
        }
      },
      { signal, attempts: ATTEMPTS },
    );
  }
}

function authorizationOf(credentials: Credentials): string {
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  const { username, password } = credentials;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function throwIfOutage(status: number): void {
  if (PASSES.has(status) || status >= 500) throw new Error(`status ${status}`);
}

/** An error of the folder that is written to, and not of the source. */
function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error && 'errno' in error;
}

/** The address may carry a signature in its query, and credentials. */
function unavailable({ origin, pathname }: URL, why: string): ScorerError {
  return new ScorerError({
    code: 'MODEL_SOURCE_UNAVAILABLE',
    what: `the source of the model does not answer: ${why}`,
    where: `${origin}${pathname}`,
  });
}

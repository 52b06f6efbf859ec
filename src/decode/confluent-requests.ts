import { ScorerError } from '../errors.ts';
import { errorWords } from '../runtime/error-words.ts';
import { httpRequest, type HttpAnswer, type HttpRequest } from '../runtime/http-request.ts';
import { http, https } from '../runtime/node-http.ts';
import { Slots } from '../runtime/slots.ts';
import { said, type Said } from './confluent-answer.ts';

export interface ConfluentAccess {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of the authority that signed the registry's certificate. */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
}

/** Requests at the same time. More would make a slow registry slower. */
const AT_ONCE = 8;
/** Size of one answer, decompressed. Schemas have some kilobytes. */
const MAX_BYTES = 16 << 20;
const JSON_TYPE = 'application/vnd.schemaregistry.v1+json';

/**
 * The requests to a registry: a few at a time, each limited in time and size. Every failure is an
 * outage.
 */
export class ConfluentRequests {
  /** Null if the URL of the configuration is not valid. */
  readonly base: URL | null;
  readonly #options: ConfluentAccess;
  readonly #authorization: string | undefined;
  readonly #agents: HttpRequest['agents'];
  readonly #slots = new Slots(AT_ONCE);

  constructor(options: ConfluentAccess) {
    const { url, ca } = options;
    this.#options = options;
    this.base = URL.parse(url);
    this.#authorization = authorizationOf(options, this.base);
    this.#agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) }),
    };
  }

  async ask(method: HttpRequest['method'], path: string, body?: string): Promise<Said> {
    return said(
      await this.send(method, URL.parse(`${this.#options.url.replace(/\/+$/, '')}${path}`), body),
    );
  }

  async send(method: HttpRequest['method'], url: URL | null, body?: string): Promise<HttpAnswer> {
    if (url === null) throw this.#unavailable('its URL is not valid');
    const { timeoutMs } = this.#options;
    const headers = {
      accept: `${JSON_TYPE}, application/json`,
      ...(body === undefined ? {} : { 'content-type': JSON_TYPE }),
    };
    const request = {
      method,
      url,
      headers,
      body,
      authorization: this.#authorization,
      agents: this.#agents,
      timeoutMs,
      maxBytes: MAX_BYTES,
    };
    try {
      return await this.#slots.run(() => httpRequest(request));
    } catch (error) {
      throw this.#unavailable(errorWords(error));
    }
  }

  outage(answer: Said): ScorerError {
    return this.#unavailable(wordsOf(answer));
  }

  #unavailable(why: string): ScorerError {
    const what = `the schema registry does not answer: ${why}`;
    return new ScorerError({
      code: 'REGISTRY_UNAVAILABLE',
      what,
      where: redact(this.#options.url),
    });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

/** Basic credentials from the configuration, or else from the URL. */
function authorizationOf(
  { username, password }: ConfluentAccess,
  url: URL | null,
): string | undefined {
  const [user, secret] =
    username === undefined
      ? [decoded(url?.username ?? ''), decoded(url?.password ?? '')]
      : [username, password ?? ''];
  return user === '' ? undefined : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

/** A percent sign that does not encode anything is kept. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString(),
  );
}

export function wordsOf(answer: Said): string {
  switch (answer.kind) {
    case 'outage':
      return answer.why;
    case 'foreign':
      return `status ${answer.status}: ${answer.why}`;
    case 'refused':
      return `status ${answer.status}: ${answer.message}`;
    case 'missing':
      return 'status 404';
    case 'value':
      return 'JSON that does not answer the request';
  }
}

/** A URL may carry credentials. */
function redact(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

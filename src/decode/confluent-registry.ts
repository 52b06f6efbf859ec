import { SchemaRegistry as Client } from '@kafkajs/confluent-schema-registry';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ScorerError } from '../errors.ts';
import type { Shape } from '../flow/shape.ts';
import { withDeadline } from '../runtime/retry.ts';
import { AVRO_OPTIONS, shapeOf } from './avro-client.ts';
import type { RegisteredSchema, SchemaRegistry } from './registry.ts';

export interface ConfluentRegistryOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of the authority that signed the registry's certificate. */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
  readonly onFetch: (outcome: 'ok' | 'unknown' | 'unavailable') => void;
}

interface Failure {
  readonly status?: number;
  readonly message: string;
  readonly name: string;
}

interface Version {
  readonly id: number;
  readonly version: number;
}

/**
 * The registry client behind the port. What it does not do by itself:
 * - a deadline: a registry that hangs would never answer, and later calls would share the hung promise, so a call that
 *   is late gets the next ones a new client;
 * - telling an outage (no connection, 5xx, 401) from an id that does not exist (404): both arrive as rejected promises,
 *   and a refused connection calls itself status 400.
 */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #options: ConfluentRegistryOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  #client: Client;

  constructor(options: ConfluentRegistryOptions) {
    this.#options = options;
    this.#agent = options.url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true, ...(options.ca === undefined ? {} : { ca: options.ca }) })
      : new HttpAgent({ keepAlive: true });
    this.#client = this.#connect();
  }

  async byId(id: number): Promise<Shape> {
    try {
      const type = await this.#call((client) => client.getSchema(id));
      this.#options.onFetch('ok');
      if (!('typeName' in type)) {
        throw new ScorerError({ code: 'SCHEMA_NOT_AVRO', what: `schema ${id} is not an Avro schema` });
      }
      return shapeOf(type as never);
    } catch (error) {
      if (error instanceof ScorerError) {
        if (error.code === 'REGISTRY_UNAVAILABLE') this.#options.onFetch('unavailable');
        throw error;
      }
      this.#options.onFetch('unknown');
      const { status, message } = error as Failure;
      if (status === 404)
        throw new ScorerError({ code: 'SCHEMA_ID_UNKNOWN', what: `the registry has no schema ${id}` });
      throw new ScorerError({ code: 'SCHEMA_INVALID', what: `schema ${id}: ${message}` }, { cause: error });
    }
  }

  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    try {
      const id = await this.#call((client) => client.getLatestSchemaId(subject));
      return { id, shape: await this.byId(id) };
    } catch (error) {
      if ((error as Failure).status === 404) return undefined;
      throw error;
    }
  }

  async find(subject: string, wanted: (shape: Shape) => boolean): Promise<RegisteredSchema | undefined> {
    const newest = await this.#version(subject, 'latest');
    for (let version = newest?.version ?? 0; version > 0; version--) {
      // Versions that were deleted leave a gap.
      const found = version === newest!.version ? newest : await this.#version(subject, version);
      if (found === undefined) continue;
      const shape = await this.byId(found.id);
      if (wanted(shape)) return { id: found.id, shape };
    }
    return undefined;
  }

  async register(subject: string, schema: object): Promise<number> {
    const text = JSON.stringify(schema);
    const register = async (compatibility: string): Promise<number> => {
      const body = { type: 'AVRO', schema: text } as never;
      const options = { subject, compatibility: compatibility as never, updateConfig: false };
      return (await this.#call((client) => client.register(body, options))).id;
    };
    try {
      return await register('BACKWARD').catch((error: unknown) => {
        // The client insists on knowing the subject's compatibility; its complaint names the one that is set.
        const set = /!= (\w+)\)/.exec((error as Failure).message)?.[1];
        if (set === undefined) throw error;
        return register(set);
      });
    } catch (error) {
      if (error instanceof ScorerError) throw error;
      const what = `the registry refuses the schema of the scores: ${(error as Failure).message}`;
      throw new ScorerError({ code: 'SCHEMA_INCOMPATIBLE', what, where: subject }, { cause: error });
    }
  }

  async subjects(): Promise<readonly string[]> {
    const api = (this.#client as unknown as { api: { Subject: { all(): Promise<{ data(): string[] }> } } }).api;
    return (await this.#call(() => api.Subject.all())).data();
  }

  async #version(subject: string, version: number | 'latest'): Promise<Version | undefined> {
    type Api = { Subject: { version(of: object): Promise<{ data(): Version }> } };
    const request = async (client: Client): Promise<Version> => {
      const { api } = client as unknown as { api: Api };
      return (await api.Subject.version({ subject, version })).data();
    };
    try {
      return await this.#call(request);
    } catch (error) {
      if ((error as Failure).status === 404) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #call<T>(request: (client: Client) => Promise<T>): Promise<T> {
    const { timeoutMs, url } = this.#options;
    try {
      return await withDeadline(request(this.#client), timeoutMs, () => {
        this.#client = this.#connect();
        return unavailable(url, `no answer within ${timeoutMs} ms`);
      });
    } catch (error) {
      const outage = outageOf(error as Failure);
      throw outage === undefined ? error : unavailable(url, outage);
    }
  }

  #connect(): Client {
    const { url, username, password, timeoutMs } = this.#options;
    return new Client(
      {
        host: url.replace(/\/+$/, ''),
        agent: this.#agent,
        retry: { retries: 0 }, // the pipeline waits and asks again
        middlewares: [timeLimit(timeoutMs)],
        ...(username === undefined ? {} : { auth: { username, password: password ?? '' } }),
      },
      { AVRO: AVRO_OPTIONS as never },
    );
  }
}

/** Gives each request a time limit of its own, so that it also ends on the wire. */
function timeLimit(timeoutMs: number): never {
  const middleware = () => ({
    request: (request: { enhance(extra: object): unknown }) => Promise.resolve(request.enhance({ timeout: timeoutMs })),
    response: (next: () => unknown) => next(),
  });
  return middleware as never; // the client's type for a middleware comes from a package it does not export
}

/**
 * Why the registry is away, or undefined where it answered. The client reports a connection that failed as status 400;
 * it and what others answer in the registry's place (a proxy's 404, for one) lack the JSON body of every real answer.
 */
function outageOf({ status, message }: Failure): string | undefined {
  if (status === undefined) return undefined;
  const foreign = /Error, status \d+(?:: (.*))?$/s.exec(message);
  if (foreign !== null && status === 400) return foreign[1] ?? 'status 400';
  if (foreign !== null && status < 500) return `status ${status}, and not as a schema registry answers`;
  return status === 401 || status === 403 || status === 429 || status >= 500 ? `status ${status}` : undefined;
}

function unavailable(url: string, why: string): ScorerError {
  return new ScorerError({
    code: 'REGISTRY_UNAVAILABLE',
    what: `the schema registry does not answer: ${why}`,
    where: redact(url),
  });
}

/** A URL may carry credentials. */
function redact(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

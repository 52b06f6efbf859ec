import { ScorerError } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { errorWords } from '../runtime/error-words.ts';
import { parseSchema } from './avro-schema.ts';
import {
  idOf,
  propertiesOf,
  said,
  schemaOf,
  type Reference,
  type Said,
  type SchemaText,
} from './confluent-answer.ts';
import { otherKindUrls } from './confluent-kinds.ts';
import { ConfluentRequests, wordsOf, type ConfluentAccess } from './confluent-requests.ts';
import {
  isSchemaError,
  type Compatibility,
  type RegisteredSchema,
  type SchemaKey,
  type SchemaRegistry,
} from './registry.ts';

export interface ConfluentRegistryOptions extends ConfluentAccess {
  readonly onFetch: (outcome: 'ok' | 'unknown' | 'unavailable') => void;
}

/** References of one schema in total. Each one needs a request. */
const MAX_REFERENCES = 200;

/**
 * A registry with the API of Confluent, behind the port, with its own requests. The client package
 * of kafkajs is not used for them: it has no timeout and no limit for a body, takes a compressed
 * answer or a login page for an error of the record, rejects schemas that avsc cannot parse, does
 * not know global ids and GUIDs, and rejects promises that nobody handles.
 *
 * Only an answer of a registry says something about a schema. Everything else is an outage. An
 * answer that no registry gives counts for this id alone, if the registry answers a request for
 * another schema correctly.
 */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #onFetch: ConfluentRegistryOptions['onFetch'];
  readonly #requests: ConfluentRequests;
  /** Where a schema was found last. */
  #good = '/schemas/types';

  constructor({ onFetch, ...access }: ConfluentRegistryOptions) {
    this.#onFetch = onFetch;
    this.#requests = new ConfluentRequests(access);
  }

  async byId(key: SchemaKey): Promise<SchemaNode> {
    try {
      const node = await (typeof key === 'number'
        ? this.#schema(`/schemas/ids/${key}`, key)
        : this.#otherKind(key));
      this.#onFetch('ok');
      return node;
    } catch (error) {
      if (error instanceof ScorerError)
        this.#onFetch(isSchemaError(error) ? 'unknown' : 'unavailable');
      throw error;
    }
  }

  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    return this.#version(subject, 'latest');
  }

  async find(
    subject: string,
    wanted: (node: SchemaNode) => boolean,
  ): Promise<RegisteredSchema | undefined> {
    const answer = await this.#requests.ask('GET', `${subjectPath(subject)}/versions`);
    if (answer.kind === 'missing') return undefined;
    if (answer.kind !== 'value' || !Array.isArray(answer.value))
      throw this.#requests.outage(answer);
    const versions = answer.value.filter((each) => typeof each === 'number').sort((a, b) => b - a);
    for (const version of versions) {
      const found = await this.#version(subject, version);
      if (found !== undefined && wanted(found.node)) return found;
    }
    return undefined;
  }

  async compatible(subject: string, schema: object): Promise<Compatibility | undefined> {
    const path = `/compatibility${subjectPath(subject)}/versions/latest?verbose=true`;
    const answer = await this.#requests.ask('POST', path, bodyOf(schema));
    if (answer.kind === 'missing') return answer.generic ? undefined : { ok: true, messages: [] };
    if (answer.kind === 'refused') return { ok: false, messages: [answer.message] };
    if (answer.kind === 'foreign' && [404, 405].includes(answer.status)) return undefined;
    const { is_compatible: ok, messages } =
      answer.kind === 'value' ? propertiesOf(answer.value) : {};
    if (typeof ok !== 'boolean') throw this.#requests.outage(answer);
    return {
      ok,
      messages: Array.isArray(messages) ? messages.filter((each) => typeof each === 'string') : [],
    };
  }

  async register(subject: string, schema: object): Promise<number> {
    const answer = await this.#requests.ask(
      'POST',
      `${subjectPath(subject)}/versions`,
      bodyOf(schema),
    );
    if (answer.kind === 'refused') {
      const what = `the registry does not accept the schema of the scores: ${answer.message}`;
      throw new ScorerError({ code: 'SCHEMA_INCOMPATIBLE', what, where: subject });
    }
    const id = answer.kind === 'value' ? idOf(propertiesOf(answer.value)['id']) : undefined;
    if (id === undefined) throw this.#requests.outage(answer);
    return id;
  }

  async subjects(): Promise<readonly string[]> {
    const answer = await this.#requests.ask('GET', '/subjects');
    if (answer.kind !== 'value' || !Array.isArray(answer.value))
      throw this.#requests.outage(answer);
    return answer.value.filter((each) => typeof each === 'string');
  }

  close(): void {
    this.#requests.close();
  }

  async #version(
    subject: string,
    version: number | 'latest',
  ): Promise<RegisteredSchema | undefined> {
    const path = `${subjectPath(subject)}/versions/${version}`;
    const answer = await this.#requests.ask('GET', path);
    if (answer.kind === 'missing') return undefined;
    const found = answer.kind === 'value' ? schemaOf(answer.value) : undefined;
    if (found?.id === undefined) throw this.#requests.outage(answer);
    const node = await this.#parse(found, `version ${version} of ${subject}`);
    this.#good = path;
    return { id: found.id, node };
  }

  /** A schema at this path of the Confluent API. */
  async #schema(path: string, key: SchemaKey): Promise<SchemaNode> {
    const answer = await this.#requests.ask('GET', path);
    if (answer.kind === 'missing') {
      if (answer.generic && typeof key !== 'number') throw await this.#unresolved(key);
      throw unknown(`the registry has no schema ${key}`);
    }
    const found = answer.kind === 'value' ? schemaOf(answer.value) : undefined;
    if (found === undefined) {
      throw await (typeof key !== 'number' && isNoPath(answer)
        ? this.#unresolved(key)
        : this.#odd(key, answer));
    }
    const node = await this.#parse(found, `schema ${key}`);
    this.#good = path;
    return node;
  }

  /** A GUID of Confluent, or an id of Apicurio's own API. */
  async #otherKind(key: Exclude<SchemaKey, number>): Promise<SchemaNode> {
    const [kind, id] = key.split(' ') as [string, string];
    if (kind === 'guid') return this.#schema(`/schemas/guids/${id}`, key);
    for (const url of otherKindUrls(this.#requests.base, kind, id)) {
      const { headers, ...got } = await this.#requests.send('GET', url);
      const type = headers['x-registry-artifacttype'];
      if (got.status === 200 && typeof type === 'string' && type !== 'AVRO')
        throw notAvro(`schema ${key}`);
      const answer = said({ headers, ...got });
      if (answer.kind === 'value') return shapeOf(answer.value, [], `schema ${key}`);
      if (answer.kind === 'missing' && !answer.generic)
        throw unknown(`the registry has no schema ${key}`);
      if (!isNoPath(answer)) throw await this.#odd(key, answer);
    }
    throw await this.#unresolved(key);
  }

  async #parse(found: SchemaText, name: string): Promise<SchemaNode> {
    if (found.type !== 'AVRO') throw notAvro(name);
    const seen = new Map<string, unknown>();
    await this.#references(found.references, name, seen);
    return shapeOf(jsonOf(found.schema, name), [...seen.values()], name);
  }

  /** Collects the referenced schemas, each one after those that it refers to. */
  async #references(
    references: readonly Reference[],
    name: string,
    seen: Map<string, unknown>,
  ): Promise<void> {
    for (const { subject, version } of references) {
      const path = `${subjectPath(subject)}/versions/${version}?deleted=true`;
      if (seen.has(path)) continue;
      if (seen.size === MAX_REFERENCES)
        throw invalid(`${name} refers to more than ${MAX_REFERENCES} other schemas`);
      seen.set(path, undefined); // a cycle ends here
      const answer = await this.#requests.ask('GET', path);
      if (answer.kind === 'missing')
        throw unknown(`${name} refers to version ${version} of ${subject}, which does not exist`);
      const found = answer.kind === 'value' ? schemaOf(answer.value) : undefined;
      if (found === undefined) throw this.#requests.outage(answer);
      await this.#references(found.references, name, seen);
      seen.delete(path);
      seen.set(path, jsonOf(found.schema, name));
    }
  }

  /**
   * No registry answers like this. It is an outage for all ids, unless another schema is answered
   * correctly at the same time.
   */
  async #odd(key: SchemaKey, answer: Said): Promise<ScorerError> {
    if (answer.kind === 'outage' || (await this.#oddOther()) !== undefined)
      return this.#requests.outage(answer);
    return unknown(
      `the registry answers a request for schema ${key} with ${wordsOf(answer)}, but answers requests for other schemas correctly`,
    );
  }

  async #unresolved(key: SchemaKey): Promise<ScorerError> {
    const other = await this.#oddOther();
    if (other !== undefined) return this.#requests.outage(other);
    const kind = String(key).split(' ')[0]!;
    const what = `a header names the schema by its ${kind}, and this registry cannot resolve that (${key})`;
    return new ScorerError({ code: 'SCHEMA_ID_KIND', what });
  }

  /** The answer for a schema that was found before, if it is not that schema. */
  async #oddOther(): Promise<Said | undefined> {
    const answer = await this.#requests.ask('GET', this.#good);
    const found =
      answer.kind === 'value' &&
      (Array.isArray(answer.value) || schemaOf(answer.value) !== undefined);
    return found ? undefined : answer;
  }
}

function subjectPath(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`;
}

function bodyOf(schema: object): string {
  return JSON.stringify({ schema: JSON.stringify(schema) });
}

/** The API does not have this path. For a missing schema the answer would be JSON. */
function isNoPath(answer: Said): boolean {
  return (
    (answer.kind === 'missing' && answer.generic) ||
    (answer.kind === 'foreign' && [404, 405].includes(answer.status))
  );
}

function shapeOf(schema: unknown, references: readonly unknown[], name: string): SchemaNode {
  try {
    return parseSchema(schema, references);
  } catch (error) {
    throw invalid(`${name}: ${errorWords(error)}`, error);
  }
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid(`${name}: ${errorWords(error)}`, error);
  }
}

function unknown(what: string): ScorerError {
  return new ScorerError({ code: 'SCHEMA_ID_UNKNOWN', what });
}

function invalid(what: string, cause?: unknown): ScorerError {
  return new ScorerError({ code: 'SCHEMA_INVALID', what }, { cause });
}

function notAvro(name: string): ScorerError {
  return new ScorerError({ code: 'SCHEMA_NOT_AVRO', what: `${name} is not an Avro schema` });
}

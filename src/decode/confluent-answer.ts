import type { HttpAnswer } from '../runtime/http-request.ts';

/** A reference from a schema to another one: a name, and where its definition is. */
export interface Reference {
  readonly subject: string;
  readonly version: number;
}

/** A schema as the registry hands it out. */
export interface SchemaText {
  readonly schema: string;
  readonly type: string;
  readonly references: readonly Reference[];
  /** Of Confluent's API, where the answer names it. */
  readonly id: number | undefined;
}

/**
 * What an answer means. The body decides, not only the status: proxies, gateways and login pages
 * may answer instead of a registry, with any status.
 */
export type Said =
  | { readonly kind: 'value'; readonly value: unknown }
  /**
   * The registry itself says that something does not exist. `generic`: it may not even know this
   * kind of request.
   */
  | { readonly kind: 'missing'; readonly generic: boolean }
  /** The registry itself rejects what it was sent. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** Temporary: overload, a restart, a missing permission. */
  | { readonly kind: 'outage'; readonly why: string }
  /** Not an answer of a registry. */
  | { readonly kind: 'foreign'; readonly status: number; readonly why: string };

const PASSES = new Set([401, 403, 407, 408, 421, 423, 425, 429]);
const REFUSES = new Set([400, 409, 422]);

export function said({ status, body }: HttpAnswer): Said {
  if (PASSES.has(status) || status >= 500) return { kind: 'outage', why: `status ${status}` };
  const value = jsonOf(body);
  if (status >= 200 && status < 300) {
    return value === undefined ? foreign(status, 'the body is not JSON') : { kind: 'value', value };
  }
  const error = errorOf(value);
  if (error === undefined) return foreign(status, 'this is not the answer of a schema registry');
  if (status === 404) return { kind: 'missing', generic: error.generic };
  if (REFUSES.has(status)) return { kind: 'refused', status, message: error.message };
  return foreign(status, error.message);
}

/** A schema in an answer of Confluent's API, or undefined. */
export function schemaOf(value: unknown): SchemaText | undefined {
  const { schema, schemaType = 'AVRO', references, id } = propertiesOf(value);
  if (typeof schema !== 'string') return undefined;
  const list = Array.isArray(references) ? references.map(propertiesOf) : [];
  return {
    schema,
    type: typeof schemaType === 'string' ? schemaType : 'AVRO',
    references: list.flatMap(({ subject, version }) =>
      typeof subject === 'string' && typeof version === 'number' ? [{ subject, version }] : [],
    ),
    id: idOf(id),
  };
}

export function idOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function propertiesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * Errors of Confluent have a number; errors of Apicurio's own API have the name of an exception.
 */
function errorOf(
  value: unknown,
): { readonly message: string; readonly generic: boolean } | undefined {
  const { error_code: code, message, title, name } = propertiesOf(value);
  const named = typeof name === 'string' && name.endsWith('Exception');
  if (typeof code !== 'number' && !named) return undefined;
  const words = [message, title].find((each): each is string => typeof each === 'string');
  return { message: words ?? '', generic: !named && code === 404 };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function foreign(status: number, why: string): Said {
  return { kind: 'foreign', status, why };
}

import { ScorerError } from '../errors.ts';
import type { DeadCode } from '../flow/dead-code.ts';
import type { SchemaNode } from '../flow/schema-node.ts';

/**
 * The key of a schema in a record. A number is an id of the Confluent API. The other kinds have
 * their own numbers, so the kind is part of the key, and two kinds never share one.
 */
export type SchemaKey = number | `globalId ${bigint}` | `contentId ${bigint}` | `guid ${string}`;

export interface RegisteredSchema {
  readonly id: number;
  readonly node: SchemaNode;
}

export interface Compatibility {
  readonly ok: boolean;
  /** Which field breaks which rule, in the words of the registry. Some registries give none. */
  readonly messages: readonly string[];
}

const SCHEMA_CODES = [
  'SCHEMA_ID_UNKNOWN',
  'SCHEMA_ID_KIND',
  'SCHEMA_NOT_AVRO',
  'SCHEMA_INVALID',
] as const satisfies readonly DeadCode[];

/** An answer of the registry about a schema, and so about every record that refers to it. */
export interface SchemaError extends ScorerError {
  readonly code: (typeof SCHEMA_CODES)[number];
}

export function isSchemaError(error: unknown): error is SchemaError {
  return error instanceof ScorerError && (SCHEMA_CODES as readonly string[]).includes(error.code);
}

/**
 * The schema registry, as decoding and encoding need it (port). Every call ends within a small
 * multiple of the configured timeout. Errors are ScorerErrors. SCHEMA_ID_UNKNOWN, SCHEMA_ID_KIND,
 * SCHEMA_NOT_AVRO and SCHEMA_INVALID say something about the schema. REGISTRY_UNAVAILABLE says
 * nothing about it and is temporary. SCHEMA_ID_UNKNOWN may be temporary too: a replica may not know
 * a new schema yet.
 */
export interface SchemaRegistry {
  /** The schema with this id. SCHEMA_ID_KIND if the registry does not resolve ids of this kind. */
  byId(key: SchemaKey): Promise<SchemaNode>;
  /** The newest schema of a subject, or undefined if the registry does not have the subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>;
  /**
   * The newest version of a subject whose schema passes the test. Undefined if none does, or if the
   * registry does not have the subject.
   */
  find(
    subject: string,
    wanted: (node: SchemaNode) => boolean,
  ): Promise<RegisteredSchema | undefined>;
  /** Whether the subject would accept a schema now. Undefined if the registry cannot tell. */
  compatible(subject: string, schema: object): Promise<Compatibility | undefined>;
  /**
   * Registers a schema, or finds it, and returns its id. SCHEMA_INCOMPATIBLE if the subject rejects
   * it.
   */
  register(subject: string, schema: object): Promise<number>;
  /** All subjects, for suggestions. */
  subjects(): Promise<readonly string[]>;
}

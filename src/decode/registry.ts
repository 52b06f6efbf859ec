import { ScorerError } from '../errors.ts';
import type { DeadCode } from '../flow/dead-code.ts';
import type { SchemaNode } from '../flow/schema-node.ts';

/**
 * What a record calls its schema. A number is an id of Confluent's API; the other kinds are numbers
 * of their own, so they are spelled with their kind, and no two kinds meet in one key.
 */
export type SchemaKey = number | `globalId ${bigint}` | `contentId ${bigint}` | `guid ${string}`;

export interface RegisteredSchema {
  readonly id: number;
  readonly node: SchemaNode;
}

export interface Compatibility {
  readonly ok: boolean;
  /** Which field breaks which rule, in the registry's words; some have none. */
  readonly messages: readonly string[];
}

const SCHEMA_CODES = [
  'SCHEMA_ID_UNKNOWN',
  'SCHEMA_ID_KIND',
  'SCHEMA_NOT_AVRO',
  'SCHEMA_INVALID',
] as const satisfies readonly DeadCode[];

/** What the registry says about a schema, and so about every record that names it. */
export interface SchemaError extends ScorerError {
  readonly code: (typeof SCHEMA_CODES)[number];
}

export function isSchemaError(error: unknown): error is SchemaError {
  return error instanceof ScorerError && (SCHEMA_CODES as readonly string[]).includes(error.code);
}

/**
 * The schema registry, as decoding and encoding need it. Every call ends within a small multiple of
 * the configured timeout. Errors are ScorerErrors: SCHEMA_ID_UNKNOWN, SCHEMA_ID_KIND,
 * SCHEMA_NOT_AVRO and SCHEMA_INVALID say something about the schema; REGISTRY_UNAVAILABLE says
 * nothing about it and passes. SCHEMA_ID_UNKNOWN may pass, too: a replica may not have heard of a
 * new schema yet.
 */
export interface SchemaRegistry {
  /**
   * The schema with this id. SCHEMA_ID_KIND where the registry does not resolve ids of this kind.
   */
  byId(key: SchemaKey): Promise<SchemaNode>;
  /** The newest schema of a subject, or undefined where the registry knows no such subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>;
  /**
   * The newest version of a subject whose schema is as wanted; undefined where none is, or the
   * registry knows no such subject.
   */
  find(
    subject: string,
    wanted: (node: SchemaNode) => boolean,
  ): Promise<RegisteredSchema | undefined>;
  /**
   * Whether the subject would take a schema now; undefined where the registry does not answer such
   * questions.
   */
  compatible(subject: string, schema: object): Promise<Compatibility | undefined>;
  /**
   * Registers a schema, or finds it, and answers its id. SCHEMA_INCOMPATIBLE where the subject
   * refuses it.
   */
  register(subject: string, schema: object): Promise<number>;
  /** All subjects, for suggestions. */
  subjects(): Promise<readonly string[]>;
}

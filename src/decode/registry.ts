import type { Shape } from '../flow/shape.ts';

export interface RegisteredSchema {
  readonly id: number;
  readonly shape: Shape;
}

/**
 * The schema registry, as decoding and encoding need it.
 * Every call ends within the configured timeout. Errors are ScorerErrors: SCHEMA_ID_UNKNOWN, SCHEMA_NOT_AVRO and
 * SCHEMA_INVALID say something about the schema; REGISTRY_UNAVAILABLE says nothing about it and passes.
 */
export interface SchemaRegistry {
  /** The schema with this id. */
  byId(id: number): Promise<Shape>;
  /** The newest schema of a subject, or undefined where the registry knows no such subject. */
  latest(subject: string): Promise<RegisteredSchema | undefined>;
  /** The newest version of a subject whose schema is as wanted; undefined where none is, or the registry knows no such subject. */
  find(subject: string, wanted: (shape: Shape) => boolean): Promise<RegisteredSchema | undefined>;
  /** Registers a schema, or finds it, and answers its id. SCHEMA_INCOMPATIBLE where the subject refuses it. */
  register(subject: string, schema: object): Promise<number>;
  /** All subjects, for suggestions. */
  subjects(): Promise<readonly string[]>;
}

import { definedName, SchemaError } from './avro-names.ts';
import { spaceOf } from './schema-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** A named type from its schema, and the namespace around it. */
export interface Referred {
  readonly schema: Json;
  readonly space: string;
}

/** Named types of other schemas, by their full names. They are parsed when they are first used. */
export class SchemaReferences {
  readonly #types = new Map<string, Referred>();
  readonly #maxDepth: number;

  constructor(schemas: readonly unknown[], maxDepth: number) {
    this.#maxDepth = maxDepth;
    for (const schema of schemas) this.#collect(schema, '', 0);
  }

  /** Returns a type and removes it. */
  take(name: string): Referred | undefined {
    const found = this.#types.get(name);
    this.#types.delete(name);
    return found;
  }

  #collect(schema: unknown, space: string, depth: number): void {
    if (depth > this.#maxDepth)
      throw new SchemaError(`a reference is nested more than ${this.#maxDepth} levels deep`);
    if (Array.isArray(schema)) for (const entry of schema) this.#collect(entry, space, depth + 1);
    if (!isObject(schema)) return;
    const { type, name, items, values, fields } = schema;
    const defines = type === 'record' || type === 'error' || type === 'enum' || type === 'fixed';
    let inner = space;
    if (defines && typeof name === 'string') {
      const full = definedName(schema, { space, depth, where: 'a reference' });
      if (!this.#types.has(full)) this.#types.set(full, { schema, space });
      inner = spaceOf(full);
    }
    for (const entry of [type, items, values, fields]) this.#collect(entry, inner, depth + 1);
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

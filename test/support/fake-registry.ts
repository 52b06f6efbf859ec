import avro from 'avsc';
import { parseSchema } from '../../src/decode/avro-schema.ts';
import type {
  Compatibility,
  RegisteredSchema,
  SchemaKey,
  SchemaRegistry,
} from '../../src/decode/registry.ts';
import { ScorerError } from '../../src/errors.ts';
import type { SchemaNode } from '../../src/flow/schema-node.ts';

export const FIRST_GLOBAL_ID = 1_000_001;

/**
 * A schema registry in memory with backward compatibility; test/contract/registry.test.ts holds it
 * to the port.
 */
export class FakeRegistry implements SchemaRegistry {
  readonly #schemas: object[] = [];
  readonly #subjects = new Map<string, number[]>();
  readonly #references = new Map<number, object[]>();
  /** Whether a subject takes what does not read the version before. */
  level: 'BACKWARD' | 'NONE' = 'BACKWARD';
  /** While true, nothing is answered. */
  away = false;
  /** Calls of `byId` that were made, also those that failed. */
  readonly asked: SchemaKey[] = [];

  async byId(key: SchemaKey): Promise<SchemaNode> {
    this.asked.push(key);
    this.#answer();
    const [kind, number] = typeof key === 'number' ? ['id', key] : key.split(' ');
    if (kind === 'guid')
      throw new ScorerError({ code: 'SCHEMA_ID_KIND', what: `${key} is not resolved here` });
    // Global ids are numbers of their own, as in a registry that has both.
    const id = kind === 'globalId' ? Number(number) - FIRST_GLOBAL_ID + 1 : Number(number);
    const schema = this.#schemas[id - 1];
    if (schema === undefined)
      throw new ScorerError({ code: 'SCHEMA_ID_UNKNOWN', what: `there is no schema ${key}` });
    return parseSchema(schema, this.#references.get(id));
  }

  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    this.#answer();
    const id = this.#subjects.get(subject)?.at(-1);
    return id === undefined ? undefined : { id, node: await this.byId(id) };
  }

  async find(
    subject: string,
    wanted: (node: SchemaNode) => boolean,
  ): Promise<RegisteredSchema | undefined> {
    this.#answer();
    for (const id of (this.#subjects.get(subject) ?? []).toReversed()) {
      const node = await this.byId(id);
      if (wanted(node)) return { id, node };
    }
    return undefined;
  }

  async compatible(subject: string, schema: object): Promise<Compatibility> {
    this.#answer();
    const last = this.#subjects.get(subject)?.at(-1);
    try {
      if (last !== undefined) this.#mustRead(schema, this.#schemas[last - 1]!, subject);
      return { ok: true, messages: [] };
    } catch (error) {
      return { ok: false, messages: [(error as ScorerError).problems[0]!.what] };
    }
  }

  async register(
    subject: string,
    schema: object,
    refersTo: readonly string[] = [],
  ): Promise<number> {
    this.#answer();
    const ids = this.#subjects.get(subject) ?? [];
    const text = JSON.stringify(schema);
    const known = this.#schemas.findIndex((other) => JSON.stringify(other) === text) + 1;
    if (known > 0 && ids.includes(known)) return known;
    const last = ids.at(-1);
    if (last !== undefined) this.#mustRead(schema, this.#schemas[last - 1]!, subject);
    const id = known > 0 ? known : this.#schemas.push(schema);
    this.#references.set(
      id,
      refersTo.map((other) => this.#schemas[this.#subjects.get(other)![0]! - 1]!),
    );
    this.#subjects.set(subject, [...ids, id]);
    return id;
  }

  async subjects(): Promise<readonly string[]> {
    this.#answer();
    return [...this.#subjects.keys()];
  }

  #mustRead(schema: object, older: object, where: string): void {
    if (this.level === 'NONE') return;
    const [reader, writer] = [schema, older].map((one) =>
      avro.Type.forSchema(structuredClone(one) as never),
    );
    try {
      reader!.createResolver(writer!);
    } catch (error) {
      const what = `the new schema does not read the old one: ${(error as Error).message}`;
      throw new ScorerError({ code: 'SCHEMA_INCOMPATIBLE', what, where });
    }
  }

  #answer(): void {
    if (this.away)
      throw new ScorerError({
        code: 'REGISTRY_UNAVAILABLE',
        what: 'the schema registry does not answer',
      });
  }
}

import type {
  EnumNode,
  FieldNode,
  FixedNode,
  RecordNode,
  SchemaNode,
} from '../flow/schema-node.ts';
import {
  definedName,
  into,
  isPrimitive,
  problem,
  qualified,
  SchemaError,
  simpleName,
  type Place,
  type Primitive,
} from './avro-names.ts';
import { makeNode, meantBy, withLogical } from './avro-node.ts';
import { Defaults } from './default-bytes.ts';
import { logicalOf } from './logical-type.ts';
import { spaceOf } from './schema-json.ts';
import { SchemaReferences } from './schema-references.ts';
import { parseText } from './schema-text.ts';

/**
 * Deepest nesting of types. Deeper ones could overflow the stack in the functions that walk over
 * types.
 */
const MAX_DEPTH = 256;

/**
 * Parses an Avro schema: the result of `JSON.parse`, or better its text, which keeps all digits of
 * a default. It accepts what registries, Java and Python accept: names of any letters, defaults
 * that fit no branch or a later branch, and logical types that do not fit. `references`: schemas
 * whose named types may be used. Throws SchemaError.
 */
export function parseSchema(schema: unknown, references: readonly unknown[] = []): SchemaNode {
  try {
    return new Parser(references.map(given)).parse(given(schema));
  } catch (error) {
    if (error instanceof RangeError)
      throw new SchemaError('the schema is nested too deep', { cause: error });
    throw error;
  }
}

function given(schema: unknown): unknown {
  try {
    return parseText(schema);
  } catch (error) {
    throw new SchemaError('the schema is not JSON', { cause: error });
  }
}

type Json = Readonly<Record<string, unknown>>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

class Parser {
  readonly #primitives = new Map<string, SchemaNode>();
  readonly #named = new Map<string, SchemaNode>();
  readonly #references: SchemaReferences;
  readonly #heights = new Map<SchemaNode, number>();
  readonly #withDefault: Writable<FieldNode>[] = [];

  constructor(references: readonly unknown[]) {
    this.#references = new SchemaReferences(references, MAX_DEPTH);
  }

  parse(schema: unknown): SchemaNode {
    const node = this.#type(schema, { space: '', depth: 0, where: '' });
    const defaults = new Defaults();
    for (const field of this.#withDefault) {
      const bytes = defaults.bytesOf(field.node, field.default);
      if (bytes !== undefined) field.defaultBytes = bytes;
    }
    return node;
  }

  #type(schema: unknown, place: Place): SchemaNode {
    if (place.depth > MAX_DEPTH)
      throw problem(place, `the types are nested more than ${MAX_DEPTH} levels deep`);
    if (typeof schema === 'string') return this.#byName(schema, place);
    if (Array.isArray(schema)) return this.#union(schema, place);
    if (!isObject(schema)) throw problem(place, 'a type must be a name, an object or a list');
    const { type } = schema;
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(schema, place);
      case 'enum':
        return this.#enum(schema, place);
      case 'fixed':
        return this.#fixed(schema, place);
      case 'array': {
        const items = this.#type(schema['items'], into(place, 'items'));
        return this.#high(makeNode({ kind: 'array', items }), [items], place);
      }
      case 'map': {
        const values = this.#type(schema['values'], into(place, 'values'));
        return this.#high(makeNode({ kind: 'map', values }), [values], place);
      }
      default:
        return isPrimitive(type)
          ? this.#primitive(type, schema)
          : this.#meant(this.#type(type, { ...place, depth: place.depth + 1 }), schema);
    }
  }

  /** Each plain primitive type is one shared node. */
  #primitive(kind: Primitive, schema: Json): SchemaNode {
    const meaning = logicalOf(kind, schema);
    if (meaning.logical !== undefined) return withLogical(makeNode({ kind, ...meaning }), schema);
    const known = this.#primitives.get(kind) ?? makeNode({ kind });
    this.#primitives.set(kind, known);
    return known;
  }

  #byName(name: string, place: Place): SchemaNode {
    if (isPrimitive(name)) return this.#primitive(name, {});
    for (const full of [qualified(name, place.space), name]) {
      const known = this.#named.get(full);
      if (known !== undefined) return known;
      const referred = this.#references.take(full);
      if (referred !== undefined) {
        return this.#type(referred.schema, {
          space: referred.space,
          depth: place.depth + 1,
          where: full,
        });
      }
    }
    throw problem(place, `the type ${name} is not defined`);
  }

  #union(schemas: readonly unknown[], place: Place): SchemaNode {
    const branches = schemas.map((schema, i) => this.#type(schema, into(place, `[${i}]`)));
    const names = branches.map((branch) => ('name' in branch ? branch.name : branch.kind));
    if (names.includes('union')) throw problem(place, 'a union directly contains a union');
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) throw problem(place, `${name} is in the union twice`);
      seen.add(name);
    }
    return this.#high(makeNode({ kind: 'union', branches }), branches, place);
  }

  #record(schema: Json, place: Place): SchemaNode {
    const { fields } = schema;
    const node = this.#define<RecordNode>(schema, place, { kind: 'record', fields: [] });
    if (!Array.isArray(fields)) throw problem(place, `the record ${node.name} has no fields`);
    const inside = { ...place, space: spaceOf(node.name) };
    const made = fields.map((field, i) => this.#field(field, into(inside, `fields[${i}]`)));
    const names = new Set<string>();
    for (const { name } of made) {
      if (names.has(name))
        throw problem(place, `the record ${node.name} has the field ${name} twice`);
      names.add(name);
    }
    node.fields = made;
    return this.#high(
      node,
      made.map((field) => field.node),
      place,
    );
  }

  #field(field: unknown, place: Place): FieldNode {
    if (!isObject(field)) throw problem(place, 'a field must be an object');
    const { name, doc, order } = field;
    const made: Writable<FieldNode> = {
      name: simpleName(name, place),
      aliases: texts(field['aliases']),
      node: this.#meant(
        this.#type(field['type'], { ...place, where: `${place.where} (${String(name)})` }),
        field,
      ),
      ...(typeof doc === 'string' ? { doc } : {}),
      ...(typeof order === 'string' ? { order } : {}),
    };
    if (field['default'] !== undefined) {
      made.default = field['default'];
      this.#withDefault.push(made);
    }
    return made;
  }

  /** Attributes next to a type do not make it deeper. */
  #meant(node: SchemaNode, attributes: Json): SchemaNode {
    const meant = meantBy(attributes, node);
    if (meant !== node) this.#heights.set(meant, this.#heights.get(node) ?? 0);
    return meant;
  }

  #enum(schema: Json, place: Place): SchemaNode {
    const { symbols, default: other } = schema;
    if (
      !Array.isArray(symbols) ||
      symbols.some((symbol) => typeof symbol !== 'string' || symbol === '')
    ) {
      throw problem(place, 'the symbols of an enum must be a list of names');
    }
    if (new Set(symbols).size < symbols.length) throw problem(place, 'an enum has a symbol twice');
    const known = typeof other === 'string' && symbols.includes(other) ? { default: other } : {};
    return this.#define<EnumNode>(schema, place, {
      kind: 'enum',
      symbols: symbols as string[],
      ...known,
    });
  }

  #fixed(schema: Json, place: Place): SchemaNode {
    const { size } = schema;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
      throw problem(place, 'the size of a fixed must be a whole number');
    }
    const meaning = logicalOf('fixed', schema);
    const node = this.#define<FixedNode>(schema, place, { kind: 'fixed', size, ...meaning });
    return meaning.logical === undefined ? node : withLogical(node, schema);
  }

  #define<T extends RecordNode | EnumNode | FixedNode>(
    schema: Json,
    place: Place,
    content: Omit<T, 'name' | 'aliases' | 'schema' | 'doc'>,
  ): Writable<T> {
    const name = definedName(schema, place);
    if (this.#named.has(name)) throw problem(place, `the type ${name} is defined twice`);
    const { doc } = schema;
    const aliases = texts(schema['aliases']).map((alias) => qualified(alias, spaceOf(name)));
    const more = { name, aliases, ...(typeof doc === 'string' ? { doc } : {}) };
    const node = makeNode({ ...content, ...more } as never) as T;
    this.#named.set(name, node);
    this.#references.take(name); // it is defined here
    return node;
  }

  /** Types that refer to earlier types are not nested in the text, but they are nested as nodes. */
  #high(node: SchemaNode, inner: readonly SchemaNode[], place: Place): SchemaNode {
    const height = inner.reduce(
      (most, one) => Math.max(most, 1 + (this.#heights.get(one) ?? 0)),
      1,
    );
    if (height > MAX_DEPTH)
      throw problem(place, `the types are nested more than ${MAX_DEPTH} levels deep`);
    this.#heights.set(node, height);
    return node;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];

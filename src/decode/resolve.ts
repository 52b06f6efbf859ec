import type { RecordNode, FieldNode, SchemaNode, UnionNode } from '../flow/schema-node.ts';

/** The reader's type of a value, with the index of its branch if the reader's type is a union. */
export interface Side {
  readonly node: SchemaNode;
  /** Index in the reader's union; -1 outside of one. */
  readonly branch: number;
}

/** Types that a writer's type may be promoted to. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Schema resolution of Avro, for features, categories and carried fields: which of the reader's
 * types a value of a writer's type gets. It works value by value: a branch that the reader lacks
 * only affects the values of that branch.
 */
export class Resolver {
  readonly #resolves = new Map<SchemaNode, Map<SchemaNode, boolean>>();
  readonly #indexes = new Map<UnionNode, UnionIndex>();

  /** The reader's type for a value that is not a union. Undefined if there is none. */
  side(writer: SchemaNode, reader: SchemaNode): Side | undefined {
    if (reader.kind !== 'union')
      return fits(writer, reader) ? { node: reader, branch: -1 } : undefined;
    const branch = this.#branch(writer, reader);
    return branch === -1 ? undefined : { node: reader.branches[branch]!, branch };
  }

  /**
   * By full name, then by alias, then by the name without its namespace, then by promotion. If the
   * names do not match, or the match does not fit, a record is found by its fields, as in Java. But
   * a record whose name or alias is in the union is that branch or none.
   */
  #branch(writer: SchemaNode, reader: UnionNode): number {
    const { branches } = reader;
    const index = this.#indexOf(reader);
    if (!('name' in writer)) {
      return index.kinds.get(writer.kind) ?? branches.findIndex((branch) => fits(writer, branch));
    }
    const find = (numbers: readonly number[] = []): number =>
      numbers.find(
        (i) => branches[i]!.kind === writer.kind && this.#readable(writer, branches[i]!),
      ) ?? -1;
    const [own, renamed] = [index.names.get(writer.name), index.aliases.get(writer.name)];
    for (const numbers of [own, renamed, index.simpleNames.get(simple(writer.name))]) {
      const found = find(numbers);
      if (found !== -1) return found;
    }
    if (writer.kind !== 'record') return -1;
    return (
      [...(own ?? []), ...(renamed ?? [])].find((i) => branches[i]!.kind === 'record') ??
      find(index.records)
    );
  }

  #indexOf(union: UnionNode): UnionIndex {
    const known = this.#indexes.get(union) ?? indexOf(union);
    this.#indexes.set(union, known);
    return known;
  }

  /**
   * Whether some value of the writer's type can become the reader's type. For a pair in progress
   * the answer is yes.
   */
  #readable(writer: SchemaNode, reader: SchemaNode): boolean {
    let known = this.#resolves.get(writer);
    if (known === undefined) this.#resolves.set(writer, (known = new Map<SchemaNode, boolean>()));
    const before = known.get(reader);
    if (before !== undefined) return before;
    known.set(reader, true);
    const readable = this.#look(writer, reader);
    known.set(reader, readable);
    return readable;
  }

  #look(writer: SchemaNode, reader: SchemaNode): boolean {
    if (writer.kind === 'union')
      return writer.branches.some((branch) => this.#readable(branch, reader));
    const side = this.side(writer, reader)?.node;
    if (side === undefined) return false;
    if (writer.kind === 'array' && side.kind === 'array')
      return this.#readable(writer.items, side.items);
    if (writer.kind === 'map' && side.kind === 'map')
      return this.#readable(writer.values, side.values);
    if (writer.kind !== 'record' || side.kind !== 'record') return true;
    const sources = sourcesOf(writer, side);
    return side.fields.every((field) => {
      const source = sources.get(field);
      return source === undefined
        ? field.defaultBytes !== undefined
        : this.#readable(source.node, field.node);
    });
  }
}

/**
 * The writer's field for each field of the reader: the one with its name, or with an alias if the
 * writer lacks the name. Aliases count only if the names of the records match. If several fields
 * claim one alias, the last gets it, as in Java and Python.
 */
export function sourcesOf(
  writer: RecordNode,
  reader: RecordNode,
): ReadonlyMap<FieldNode, FieldNode> {
  const byName = new Map(writer.fields.map((field) => [field.name, field]));
  const sources = new Map<FieldNode, FieldNode>();
  for (const field of reader.fields) {
    const same = byName.get(field.name);
    if (same === undefined) continue;
    sources.set(field, same);
    byName.delete(field.name);
  }
  if (!sameName(writer, reader)) return sources;
  const claims = new Map(
    reader.fields.flatMap((field) => field.aliases.map((alias) => [alias, field])),
  );
  for (const [alias, field] of claims) {
    const old = byName.get(alias);
    if (old !== undefined && !sources.has(field)) sources.set(field, old);
  }
  return sources;
}

/**
 * Outside of unions; what is inside of them depends on the values. Records may have any name, as in
 * Java.
 */
function fits(writer: SchemaNode, reader: SchemaNode): boolean {
  if (writer.kind !== reader.kind) return PROMOTIONS[writer.kind]?.includes(reader.kind) === true;
  if (writer.kind === 'enum' && reader.kind === 'enum') return sameName(writer, reader);
  if (writer.kind === 'fixed' && reader.kind === 'fixed')
    return writer.size === reader.size && sameName(writer, reader);
  return true;
}

type NamedShape = Extract<SchemaNode, { readonly name: string }>;

const sameName = (writer: NamedShape, reader: NamedShape): boolean =>
  simple(writer.name) === simple(reader.name) || reader.aliases.includes(writer.name);

const simple = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/**
 * At most this many branches with one name, and this many records by their fields, are tried, for
 * every branch of a writer's union.
 */
const MAX_TRIED = 64;

/** The indexes of the branches of a union. */
interface UnionIndex {
  readonly names: ReadonlyMap<string, readonly number[]>;
  readonly aliases: ReadonlyMap<string, readonly number[]>;
  readonly simpleNames: ReadonlyMap<string, readonly number[]>;
  /** The indexes of types without a name. */
  readonly kinds: ReadonlyMap<string, number>;
  /** The indexes of the first records. */
  readonly records: readonly number[];
}

function indexOf({ branches }: UnionNode): UnionIndex {
  const names = new Map<string, number[]>();
  const aliases = new Map<string, number[]>();
  const simpleNames = new Map<string, number[]>();
  const kinds = new Map<string, number>();
  const records: number[] = [];
  const add = (into: Map<string, number[]>, name: string, i: number): void => {
    const numbers = into.get(name);
    if (numbers === undefined) into.set(name, [i]);
    else if (numbers.length < MAX_TRIED) numbers.push(i);
  };
  for (const [i, branch] of branches.entries()) {
    if (!('name' in branch)) {
      if (!kinds.has(branch.kind)) kinds.set(branch.kind, i);
      continue;
    }
    add(names, branch.name, i);
    for (const alias of branch.aliases) add(aliases, alias, i);
    add(simpleNames, simple(branch.name), i);
    if (branch.kind === 'record' && records.length < MAX_TRIED) records.push(i);
  }
  return { names, aliases, simpleNames, kinds, records };
}

/**
 * An Avro schema as the rest of the program sees it: a graph of plain nodes. Recursive types are
 * cycles.
 */
export type SchemaNode =
  | PrimitiveNode
  | RecordNode
  | EnumNode
  | FixedNode
  | ArrayNode
  | MapNode
  | UnionNode;

interface Node {
  /** `timestamp-millis`, `decimal` …, if the schema declares one. */
  readonly logical?: string;
  /** Decimal places of a decimal. */
  readonly scale?: number;
  /** The same type as a self-contained Avro schema. */
  readonly schema: () => unknown;
}

export interface PrimitiveNode extends Node {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
}

/** A type with a name of its own: name and aliases are full names, with their namespace. */
interface NamedNode extends Node {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc?: string;
}

export interface RecordNode extends NamedNode {
  readonly kind: 'record';
  readonly fields: readonly FieldNode[];
}

export interface FieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly node: SchemaNode;
  /**
   * The default as Avro bytes of the type of the field. None if the schema has no default, or one
   * that does not fit the type.
   */
  readonly defaultBytes?: Buffer;
  /** The same default, as the schema has it. */
  readonly default?: unknown;
  readonly doc?: string;
  readonly order?: string;
}

export interface EnumNode extends NamedNode {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  /** The symbol that a reader uses for an unknown one. */
  readonly default?: string;
}

export interface FixedNode extends NamedNode {
  readonly kind: 'fixed';
  readonly size: number;
}

export interface ArrayNode extends Node {
  readonly kind: 'array';
  readonly items: SchemaNode;
}

export interface MapNode extends Node {
  readonly kind: 'map';
  readonly values: SchemaNode;
}

export interface UnionNode extends Node {
  readonly kind: 'union';
  readonly branches: readonly SchemaNode[];
}

/**
 * A field found by its dotted path. `nullable` if the field or a record on the way to it may be
 * null.
 */
export interface Found {
  readonly node: SchemaNode;
  readonly nullable: boolean;
  /** Whether a record on the way may be null, so even a field that is never null may be missing. */
  readonly underNullable: boolean;
}

/** The only branch of a nullable union that is not null, or the node itself. */
export function withoutNull(node: SchemaNode): SchemaNode {
  if (node.kind !== 'union') return node;
  const rest = node.branches.filter((branch) => branch.kind !== 'null');
  return rest.length === 1 ? rest[0]! : node;
}

export function allowsNull(node: SchemaNode): boolean {
  return (
    node.kind === 'null' ||
    (node.kind === 'union' && node.branches.some((branch) => branch.kind === 'null'))
  );
}

const BY_NAME = new WeakMap<readonly FieldNode[], ReadonlyMap<string, FieldNode>>();

/** A field of a record by name. Records can have thousands of fields, and each may be requested. */
export function fieldNamed({ fields }: RecordNode, name: unknown): FieldNode | undefined {
  let byName = BY_NAME.get(fields);
  if (byName === undefined)
    BY_NAME.set(fields, (byName = new Map(fields.map((field) => [field.name, field]))));
  return byName.get(name as string);
}

/** Follows `a.b.c` through records and nullable records. */
export function findField(root: SchemaNode, path: string): Found | undefined {
  let node = root;
  let underNullable = false;
  for (const step of path.split('.')) {
    underNullable ||= allowsNull(node);
    const record = withoutNull(node);
    if (record.kind !== 'record') return undefined;
    const field = fieldNamed(record, step);
    if (field === undefined) return undefined;
    node = field.node;
  }
  return { node, underNullable, nullable: underNullable || allowsNull(node) };
}

/** Records that share types have exponentially many paths. This many are enough for suggestions. */
const MAX_PATHS = 10_000;

/** The paths that `findField` can find, for suggestions. Recursive types are entered once. */
export function fieldPaths(root: SchemaNode): string[] {
  const paths: string[] = [];
  const open = new Set<SchemaNode>();
  const visit = (node: SchemaNode, prefix: string): void => {
    const record = withoutNull(node);
    if (record.kind !== 'record' || open.has(record)) return;
    open.add(record);
    for (const field of record.fields) {
      if (paths.length === MAX_PATHS) break;
      paths.push(prefix + field.name);
      visit(field.node, `${prefix}${field.name}.`);
    }
    open.delete(record);
  };
  visit(root, '');
  return paths;
}

/**
 * The name of the type for people: `double`, `null | string`, `timestamp-millis (long)`, `record
 * Merchant`.
 */
export function describeType(node: SchemaNode): string {
  if (node.kind === 'union') return node.branches.map(describeType).join(' | ');
  const { logical } = node;
  if (logical === 'decimal' && 'scale' in node)
    return `decimal of scale ${node.scale} (${node.kind})`;
  if (logical !== undefined) return `${logical} (${node.kind})`;
  return 'name' in node ? `${node.kind} ${node.name}` : node.kind;
}

/**
 * An Avro schema as the rest of the program sees it: a graph of plain nodes, recursive types being
 * cycles.
 */
export type SchemaNode =
  PrimitiveNode | RecordNode | EnumNode | FixedNode | ArrayNode | MapNode | UnionNode;

interface Node {
  /** `timestamp-millis`, `decimal` …, where the schema says so. */
  readonly logical?: string;
  /** Digits after the point, of a decimal. */
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
  readonly shape: SchemaNode;
  /**
   * The default as Avro bytes of the field's type; none where the schema gives none, or one that
   * does not fit the type.
   */
  readonly defaultBytes?: Buffer;
  /** The same as the schema has it. */
  readonly default?: unknown;
  readonly doc?: string;
  readonly order?: string;
}

export interface EnumNode extends NamedNode {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  /** The symbol that a reader takes for one that it does not know. */
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
 * A field found by its dotted path; `nullable` when the field or a record on the way to it may be
 * null.
 */
export interface Found {
  readonly shape: SchemaNode;
  readonly nullable: boolean;
  /** Whether a record on the way may be null, so that even a field without null may be missing. */
  readonly underNullable: boolean;
}

/** The single non-null branch of a nullable union, or the shape itself. */
export function withoutNull(shape: SchemaNode): SchemaNode {
  if (shape.kind !== 'union') return shape;
  const rest = shape.branches.filter((branch) => branch.kind !== 'null');
  return rest.length === 1 ? rest[0]! : shape;
}

export function allowsNull(shape: SchemaNode): boolean {
  return (
    shape.kind === 'null' ||
    (shape.kind === 'union' && shape.branches.some((branch) => branch.kind === 'null'))
  );
}

const BY_NAME = new WeakMap<readonly FieldNode[], ReadonlyMap<string, FieldNode>>();

/**
 * A record's field of the name. Records have thousands of fields, of which each may be asked for.
 */
export function fieldNamed({ fields }: RecordNode, name: unknown): FieldNode | undefined {
  let byName = BY_NAME.get(fields);
  if (byName === undefined)
    BY_NAME.set(fields, (byName = new Map(fields.map((field) => [field.name, field]))));
  return byName.get(name as string);
}

/** Follows `a.b.c` through records and nullable records. */
export function findField(root: SchemaNode, path: string): Found | undefined {
  let shape = root;
  let underNullable = false;
  for (const step of path.split('.')) {
    underNullable ||= allowsNull(shape);
    const record = withoutNull(shape);
    if (record.kind !== 'record') return undefined;
    const field = fieldNamed(record, step);
    if (field === undefined) return undefined;
    shape = field.shape;
  }
  return { shape, underNullable, nullable: underNullable || allowsNull(shape) };
}

/**
 * Records that share their types have exponentially many paths; suggestions need no more of them
 * than this.
 */
const MAX_PATHS = 10_000;

/** The paths that `findField` would find, for suggestions; recursive types are entered once. */
export function fieldPaths(root: SchemaNode): string[] {
  const paths: string[] = [];
  const open = new Set<SchemaNode>();
  const visit = (shape: SchemaNode, prefix: string): void => {
    const record = withoutNull(shape);
    if (record.kind !== 'record' || open.has(record)) return;
    open.add(record);
    for (const field of record.fields) {
      if (paths.length === MAX_PATHS) break;
      paths.push(prefix + field.name);
      visit(field.shape, `${prefix}${field.name}.`);
    }
    open.delete(record);
  };
  visit(root, '');
  return paths;
}

/**
 * How a person would name the type: `double`, `null | string`, `timestamp-millis (long)`, `record
 * Merchant`.
 */
export function describeType(shape: SchemaNode): string {
  if (shape.kind === 'union') return shape.branches.map(describeType).join(' | ');
  const { logical } = shape;
  if (logical === 'decimal' && 'scale' in shape)
    return `decimal of scale ${shape.scale} (${shape.kind})`;
  if (logical !== undefined) return `${logical} (${shape.kind})`;
  return 'name' in shape ? `${shape.kind} ${shape.name}` : shape.kind;
}

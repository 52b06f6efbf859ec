import {
  allowsNull,
  describeType,
  fieldNamed,
  type FieldNode,
  type Found,
  type RecordNode,
  type SchemaNode,
} from './schema-node.ts';

/**
 * One step of a path: to a field of a record or an entry of a map by its name, or to an element of
 * an array by its index.
 */
export type PathStep = string | number;

const STEP = /(?:^|(?<=.)\.)([^.[\]"'\s]+)|\[(\d{1,9})\]|\["([^"]*)"\]|\['([^']*)'\]/y;

/**
 * Reads `a.b`, `items[0].price` (or `items.0.price`), `attributes.country` and
 * `attributes["with.dot"]`. Undefined if the text is not a path. The schema decides whether a name
 * is a field, a key or an index.
 */
export function parsePath(text: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  let end = 0;
  while (end < text.length) {
    STEP.lastIndex = end;
    const match = STEP.exec(text);
    if (match === null) return undefined;
    const [whole, word, index, double, single] = match;
    steps.push(index === undefined ? (word ?? double ?? single)! : Number(index));
    end += whole.length;
  }
  return steps.length === 0 || typeof steps[0] === 'number' ? undefined : steps;
}

/**
 * The step as the index of an element, if it can be one. `items.0` needs no quotes inside { } of
 * YAML, `items[0]` does.
 */
export function indexOf(step: PathStep): number | undefined {
  return typeof step === 'number' ? step : /^\d{1,9}$/.test(step) ? Number(step) : undefined;
}

/** Why a path does not exist, for people: what is there, and what to do. */
export interface Lost {
  readonly what: string;
  readonly remedy?: string;
}

/**
 * Follows a path through records, maps, arrays and unions of them. A key or an element may always
 * be absent.
 */
export function findPath(root: SchemaNode, path: string): Found | Lost {
  const steps = parsePath(path);
  if (steps === undefined) {
    return {
      what: `${path} is not a valid path`,
      remedy: 'Write it as a.b, items[0].price or attributes["key"].',
    };
  }
  let at: Found = { node: root, nullable: allowsNull(root), underNullable: false };
  let passed = '';
  for (const step of steps) {
    const next = stepInto(at, step);
    if (next === undefined) return lost(at.node, passed, path, step);
    at = next;
    passed += typeof step === 'number' ? `[${step}]` : `${passed === '' ? '' : '.'}${step}`;
  }
  return at;
}

export const isFound = (result: Found | Lost): result is Found => 'node' in result;

/** The schema of every branch that is not null. */
export function branchesOf(node: SchemaNode): readonly SchemaNode[] {
  return node.kind === 'union' ? node.branches.filter(({ kind }) => kind !== 'null') : [node];
}

function stepInto({ node, nullable }: Found, step: PathStep): Found | undefined {
  const branches = branchesOf(node);
  const found = branches.map((branch) => childOf(branch, step));
  const there = found.filter((child) => child !== undefined);
  if (there.length === 0) return undefined;
  const absent =
    nullable || there.length < branches.length || branches.some(({ kind }) => kind !== 'record');
  const child = oneOf(there);
  return { node: child, underNullable: absent, nullable: absent || allowsNull(child) };
}

function childOf(node: SchemaNode, step: PathStep): SchemaNode | undefined {
  if (node.kind === 'array') return indexOf(step) === undefined ? undefined : node.items;
  if (typeof step === 'number') return undefined;
  if (node.kind === 'map') return node.values;
  return node.kind === 'record' ? fieldOf(node, step)?.node : undefined;
}

/** A field by its name, or by an alias after it was renamed. */
export function fieldOf(record: RecordNode, step: string): FieldNode | undefined {
  return fieldNamed(record, step) ?? aliasesOf(record).get(step);
}

const BY_ALIAS = new WeakMap<readonly FieldNode[], ReadonlyMap<string, FieldNode>>();

/** The first field that has an alias. */
function aliasesOf({ fields }: RecordNode): ReadonlyMap<string, FieldNode> {
  const known = BY_ALIAS.get(fields);
  if (known !== undefined) return known;
  const byAlias = new Map<string, FieldNode>();
  for (const field of fields) {
    for (const alias of field.aliases) if (!byAlias.has(alias)) byAlias.set(alias, field);
  }
  BY_ALIAS.set(fields, byAlias);
  return byAlias;
}

/**
 * The type that several branches have under one name: the type itself, or a union of them that is
 * not part of a schema.
 */
function oneOf(nodes: readonly SchemaNode[]): SchemaNode {
  const [first, ...others] = new Set(nodes);
  if (others.length === 0) return first!;
  const all = new Set(
    [first!, ...others].flatMap((node) => (node.kind === 'union' ? node.branches : [node])),
  );
  const none = (): never => {
    throw new TypeError('this union is not part of a schema');
  };
  return { kind: 'union', branches: [...all], schema: none };
}

function lost(node: SchemaNode, passed: string, path: string, step: PathStep): Lost {
  const here = branchesOf(node);
  const what = `the event has no field ${path}`;
  if (here.some(({ kind }) => kind === 'array') && typeof step === 'string') {
    return {
      what: `${what}: ${passed} is ${describeType(node)}`,
      remedy: `Take one element, such as ${passed}[0].${step}, or take the number of elements: { field: ${passed}, part: length }.`,
    };
  }
  return typeof step === 'number' || !here.some(({ kind }) => kind === 'record')
    ? { what: `${what}: ${passed} is ${describeType(node)}` }
    : { what };
}

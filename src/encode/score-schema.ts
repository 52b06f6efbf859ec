import { allowsNull, findField, type Found, type Shape } from '../flow/shape.ts';

type Json = Record<string, unknown>;

const NAMESPACE = 'stream_scorer';

/** A carried field as the score record has it. `nullBytes`: what stands for a null record on its way, as Avro bytes. */
export interface CarriedType {
  readonly path: string;
  readonly schema: unknown;
  readonly nullBytes: Buffer | null;
}

/**
 * The carried fields in the order in which the score record holds them: `a.b` and `a.c` become fields of one record `a`
 * inside `event`, so that a path means the same in the event and in the score.
 */
export function carryTypes(event: Shape, paths: readonly string[]): CarriedType[] {
  // A record that is carried whole has its fields in it.
  const whole = paths.filter((path) => !paths.some((other) => path.startsWith(`${other}.`)));
  const found = new Map(whole.map((path) => [path, findField(event, path)]));
  const inOrder = leaves(tree(whole)).filter((path) => found.get(path) !== undefined);
  return inOrder.map((path) => ({ path, ...carried(found.get(path)!) }));
}

/** The Avro schema of the output records. */
export function scoreSchema(carry: readonly CarriedType[]): Json {
  const nullable = (type: unknown): Json => ({ type: ['null', type], default: null });
  const field = (name: string, doc: string, rest: Json): Json => ({ name, doc, ...rest });
  const types = new Map(carry.map((entry) => [entry.path, entry.schema]));
  const names = new Names(carry.map((entry) => entry.schema));
  const schema = {
    type: 'record',
    name: names.free('Score'),
    namespace: NAMESPACE,
    doc: 'The score of one event, and what was decided by it.',
    fields: [
      field('score', "The model's number.", { type: 'double' }),
      field('scores', 'Multi-class models: probability by class.', nullable({ type: 'map', values: 'double' })),
      field('decision', 'By the bands of the policy.', nullable('string')),
      field('reasons', 'Why, strongest first, where explanations are asked for.', {
        type: { type: 'array', items: reasonSchema(names.free('Reason')) },
        default: [],
      }),
      field('model', 'The version that decided.', { type: modelSchema(names.free('Model')) }),
      field('policy', 'The version of the bands.', nullable('string')),
      field('source', 'The input record; unique, so that consumers can drop duplicates.', {
        type: sourceSchema(names.free('Source')),
      }),
      field('eventTime', "The input record's timestamp.", { type: { type: 'long', logicalType: 'timestamp-millis' } }),
      field('scoredAt', 'When it was scored.', { type: { type: 'long', logicalType: 'timestamp-millis' } }),
      field('event', 'The carried fields, with the types of the input.', {
        type: eventSchema(tree(carry.map((entry) => entry.path)), types, names, ''),
      }),
    ],
  };
  return defineOnce(schema, new Set()) as Json;
}

function carried({ shape, underNullable }: Found): Omit<CarriedType, 'path'> {
  const schema = shape.schema();
  if (!underNullable) return { schema, nullBytes: null };
  // A field below a nullable record may be missing as a whole; null says so.
  if (shape.kind === 'null') return { schema, nullBytes: Buffer.alloc(0) };
  if (shape.kind !== 'union') return { schema: ['null', schema], nullBytes: Buffer.of(0) };
  if (!allowsNull(shape)) return { schema: ['null', ...(schema as unknown[])], nullBytes: Buffer.of(0) };
  const branch = shape.branches.findIndex((candidate) => candidate.kind === 'null');
  return { schema, nullBytes: Buffer.of(branch * 2) };
}

type Tree = Map<string, Tree>;

function tree(paths: readonly string[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) {
    let at = root;
    for (const step of path.split('.')) {
      const next: Tree = at.get(step) ?? new Map<string, Tree>();
      at.set(step, next);
      at = next;
    }
  }
  return root;
}

function leaves(node: Tree, prefix = ''): string[] {
  return [...node].flatMap(([name, child]) =>
    child.size === 0 ? [prefix + name] : leaves(child, `${prefix}${name}.`),
  );
}

function eventSchema(node: Tree, types: ReadonlyMap<string, unknown>, names: Names, prefix: string): Json {
  const name = names.free(`Event_${prefix}`.replaceAll('.', '_').slice(0, -1));
  const fields = [...node].map(([step, child]) => ({
    name: step,
    type: child.size === 0 ? types.get(prefix + step) : eventSchema(child, types, names, `${prefix}${step}.`),
  }));
  return { type: 'record', name, fields };
}

/** Names for our own types that no carried type has: one without a namespace lands in ours. */
class Names {
  readonly #taken = new Set<string>();

  constructor(schemas: readonly unknown[]) {
    for (const schema of schemas) this.#take(schema);
  }

  free(name: string): string {
    if (this.#taken.has(name)) return this.free(`${name}_`);
    this.#taken.add(name);
    return name;
  }

  #take(schema: unknown): void {
    if (typeof schema !== 'object' || schema === null) return;
    const name = definedName(schema as Json);
    if (name !== undefined) this.#taken.add(name.replace(`${NAMESPACE}.`, ''));
    for (const value of Object.values(schema)) this.#take(value);
  }
}

function reasonSchema(name: string): Json {
  const fields = [
    { name: 'feature', type: 'string' },
    { name: 'value', type: ['null', 'double', 'string'], default: null },
    { name: 'contribution', type: 'double' },
  ];
  return { type: 'record', name, fields };
}

function modelSchema(name: string): Json {
  const fields = ['name', 'version', 'sha256'].map((part) => ({ name: part, type: 'string' }));
  return { type: 'record', name, fields };
}

function sourceSchema(name: string): Json {
  const fields = [
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
  ];
  return { type: 'record', name, fields };
}

/** The name that a schema defines; a field has a name as well, and defines nothing. */
function definedName({ type, name }: Json): string | undefined {
  return (type === 'record' || type === 'enum' || type === 'fixed') && typeof name === 'string' ? name : undefined;
}

/** Two carried fields may share a named type; Avro wants it defined at its first place and named at the others. */
function defineOnce(schema: unknown, defined: Set<string>): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => defineOnce(entry, defined));
  if (typeof schema !== 'object' || schema === null) return schema;
  const name = definedName(schema as Json);
  if (name !== undefined) {
    if (defined.has(name)) return name;
    defined.add(name);
  }
  const inside = (key: string): boolean => ['type', 'fields', 'items', 'values'].includes(key);
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, inside(key) ? defineOnce(value, defined) : value]),
  );
}

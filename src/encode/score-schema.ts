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
  const found = new Map(paths.map((path) => [path, findField(event, path)]));
  const inOrder = leaves(tree(paths)).filter((path) => found.get(path) !== undefined);
  return inOrder.map((path) => ({ path, ...carried(found.get(path)!) }));
}

/** The Avro schema of the output records. */
export function scoreSchema(carry: readonly CarriedType[]): Json {
  const nullable = (type: unknown): Json => ({ type: ['null', type], default: null });
  const field = (name: string, doc: string, rest: Json): Json => ({ name, doc, ...rest });
  const types = new Map(carry.map((entry) => [entry.path, entry.schema]));
  const schema = {
    type: 'record',
    name: 'Score',
    namespace: NAMESPACE,
    doc: 'The score of one event, and what was decided by it.',
    fields: [
      field('score', "The model's number.", { type: 'double' }),
      field('scores', 'Multi-class models: probability by class.', nullable({ type: 'map', values: 'double' })),
      field('decision', 'By the bands of the policy.', nullable('string')),
      field('reasons', 'Why, strongest first, where explanations are asked for.', {
        type: { type: 'array', items: reasonSchema() },
        default: [],
      }),
      field('model', 'The version that decided.', { type: modelSchema() }),
      field('policy', 'The version of the bands.', nullable('string')),
      field('source', 'The input record; unique, so that consumers can drop duplicates.', { type: sourceSchema() }),
      field('eventTime', "The input record's timestamp.", { type: { type: 'long', logicalType: 'timestamp-millis' } }),
      field('scoredAt', 'When it was scored.', { type: { type: 'long', logicalType: 'timestamp-millis' } }),
      field('event', 'The carried fields, with the types of the input.', {
        type: eventSchema(tree(carry.map((entry) => entry.path)), types, 'Event', ''),
      }),
    ],
  };
  return defineOnce(schema, new Set()) as Json;
}

function carried({ shape, underNullable }: Found): Omit<CarriedType, 'path'> {
  const schema = shape.schema();
  if (!underNullable) return { schema, nullBytes: null };
  // A field below a nullable record may be missing as a whole; null says so.
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

function eventSchema(node: Tree, types: ReadonlyMap<string, unknown>, name: string, prefix: string): Json {
  const fields = [...node].map(([step, child]) => ({
    name: step,
    type:
      child.size === 0 ? types.get(prefix + step) : eventSchema(child, types, `${name}_${step}`, `${prefix}${step}.`),
  }));
  return { type: 'record', name, fields };
}

function reasonSchema(): Json {
  const fields = [
    { name: 'feature', type: 'string' },
    { name: 'value', type: ['null', 'double', 'string'], default: null },
    { name: 'contribution', type: 'double' },
  ];
  return { type: 'record', name: 'Reason', fields };
}

function modelSchema(): Json {
  const fields = ['name', 'version', 'sha256'].map((name) => ({ name, type: 'string' }));
  return { type: 'record', name: 'Model', fields };
}

function sourceSchema(): Json {
  const fields = [
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
  ];
  return { type: 'record', name: 'Source', fields };
}

/** Two carried fields may share a named type; Avro wants it defined at its first place and named at the others. */
function defineOnce(schema: unknown, defined: Set<string>): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => defineOnce(entry, defined));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type, name } = schema as Json;
  if (typeof name === 'string' && (type === 'record' || type === 'enum' || type === 'fixed')) {
    if (defined.has(name)) return name;
    defined.add(name);
  }
  const inside = (key: string): boolean => ['type', 'fields', 'items', 'values'].includes(key);
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, inside(key) ? defineOnce(value, defined) : value]),
  );
}

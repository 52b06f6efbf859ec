import { findCarried } from '../flow/carry-path.ts';
import { allowsNull, type Found, type SchemaNode } from '../flow/schema-node.ts';
import { defineOnce, inNamespace } from './avro-names.ts';
import { nullable, TIME } from './avro-types.ts';

type Json = Record<string, unknown>;

/**
 * A carried field in the score record. `nullBytes`: the Avro bytes for a null record on its way.
 */
export interface CarriedType {
  readonly path: string;
  readonly schema: unknown;
  readonly nullBytes: Buffer | null;
  /** Whether it may be null. Then null is its first branch and its default. */
  readonly nullable: boolean;
}

/** The names of the score record and of the records in it. */
export interface ScoreNames {
  readonly schemaName: string;
  readonly namespace: string;
}

const SCORE_NAMES: ScoreNames = { schemaName: 'Score', namespace: 'stream_scorer' };

/**
 * The carried fields in the order of the score record. `a.b` and `a.c` become fields of one record
 * `a` inside `event`, so a path means the same in the event and in the score.
 */
export function carryTypes(event: SchemaNode, paths: readonly string[]): CarriedType[] {
  // A record that is carried as a whole contains its fields.
  const given = new Set(paths);
  const whole = paths.filter((path) => !parentsOf(path).some((parent) => given.has(parent)));
  const found = new Map(whole.map((path) => [path, findCarried(event, path)]));
  const inOrder = leaves(tree(whole)).filter((path) => found.get(path) !== undefined);
  return inOrder.map((path) => ({ path, ...carried(found.get(path)!) }));
}

/**
 * The Avro schema of the score records. No name depends on what else is carried, so carrying more
 * does not rename a type.
 */
export function scoreSchema(
  carry: readonly CarriedType[],
  { schemaName, namespace }: ScoreNames = SCORE_NAMES,
): Json {
  const field = (name: string, doc: string, rest: Json): Json => ({ name, doc, ...rest });
  const ours = (name: string): boolean =>
    [schemaName, ...OUR_NAMES].includes(name) || name.startsWith('Event_');
  const types = new Map(
    carry.map((one) => [one.path, { ...one, schema: inNamespace(one.schema, namespace, ours) }]),
  );
  const schema = {
    type: 'record',
    name: schemaName,
    namespace,
    doc: 'The score of one event, and what was decided by it.',
    fields: [
      field('score', "The model's number; NaN where the event was decided without one.", {
        type: 'double',
      }),
      field(
        'scores',
        'Multi-class models: probability by class.',
        nullable({ type: 'map', values: 'double' }),
      ),
      field('decision', 'By the policy.', nullable('string')),
      field(
        'decidedBy',
        'The part of the policy that decided: bands, segment:NAME, rule:NAME, list:NAME, or degraded.',
        nullable('string'),
      ),
      field('segment', 'The segment of the policy that the event belongs to.', nullable('string')),
      field('reasons', 'Why, strongest first, where explanations are asked for.', {
        type: { type: 'array', items: reasonSchema() },
        default: [],
      }),
      field(
        'outOfProfile',
        'The fields that are outside of the profile of the model; null where nothing is compared with a profile.',
        nullable({ type: 'array', items: 'string' }),
      ),
      field('model', 'The version that decided.', { type: modelSchema() }),
      field(
        'policy',
        'The version of the policy; with lists, how far each was read.',
        nullable('string'),
      ),
      field('source', 'The input record; unique, so that consumers can drop duplicates.', {
        type: sourceSchema(),
      }),
      field('eventTime', "The input record's timestamp; null where it has none.", nullable(TIME)),
      field('scoredAt', 'When it was scored.', { type: TIME }),
      field('event', 'The carried fields, with the types of the input.', {
        type: eventSchema(tree(carry.map((entry) => entry.path)), types, namespace, []),
      }),
    ],
  };
  return defineOnce(schema, namespace) as Json;
}

const OUR_NAMES = ['Reason', 'Model', 'Source', 'Event'];

/** Null comes first, because Avro takes the default from the first branch. */
function carried({ node, underNullable }: Found): Omit<CarriedType, 'path'> {
  const branches = node.kind === 'union' ? node.branches : [node];
  // Defines all branches together, because they may share types. Separately, each would define them
  // again.
  const schemas = defineOnce([node.schema()].flat(), '') as unknown[];
  const rest = schemas.filter((_schema, i) => branches[i]!.kind !== 'null');
  if (rest.length === 0)
    return { schema: 'null', nullBytes: underNullable ? Buffer.alloc(0) : null, nullable: true };
  if (underNullable || allowsNull(node)) {
    return {
      schema: ['null', ...rest],
      nullBytes: underNullable ? Buffer.of(0) : null,
      nullable: true,
    };
  }
  return { schema: node.kind === 'union' ? rest : rest[0], nullBytes: null, nullable: false };
}

/** `a` and `a.b` of `a.b.c`. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1))
    parents.push(path.slice(0, dot));
  return parents;
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

/**
 * One record of carried fields. The first one below `event` is Event_a. Deeper ones have their
 * parents in the namespace, because otherwise a.b and a_b would get the same name.
 */
function eventSchema(
  node: Tree,
  types: ReadonlyMap<string, CarriedType>,
  namespace: string,
  parents: readonly string[],
): Json {
  const fields = [...node].map(([step, child]) => {
    const path = [...parents, step];
    if (child.size > 0) return { name: step, type: eventSchema(child, types, namespace, path) };
    const { schema, nullable } = types.get(path.join('.'))!;
    return { name: step, type: schema, ...(nullable ? { default: null } : {}) };
  });
  const name = ['Event', ...parents].join('_');
  const apart =
    parents.length > 1
      ? { namespace: [namespace, 'event', ...parents.slice(0, -1)].join('.') }
      : { namespace };
  return { type: 'record', name, ...apart, fields };
}

function reasonSchema(): Json {
  const fields = [
    { name: 'feature', type: 'string' },
    { name: 'value', type: ['null', 'double', 'string'], default: null },
    { name: 'contribution', type: 'double' },
    { name: 'code', type: ['null', 'string'], default: null },
  ];
  return { type: 'record', name: 'Reason', fields };
}

export function modelSchema(): Json {
  const fields = ['name', 'version', 'sha256'].map((part) => ({ name: part, type: 'string' }));
  return { type: 'record', name: 'Model', fields };
}

export function sourceSchema(): Json {
  const fields = [
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
  ];
  return { type: 'record', name: 'Source', fields };
}

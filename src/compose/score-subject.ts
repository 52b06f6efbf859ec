import type { Settings } from '../config/settings.ts';
import { parseSchema } from '../decode/avro-schema.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { differenceOf } from '../encode/as-registered.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { fieldNamed, type SchemaNode } from '../flow/schema-node.ts';

/** Where the schema of the scores is registered. */
const scoreSubject = ({ output }: Pick<Settings, 'output'>): string => `${output.topic}-value`;

/**
 * The id that score records are written with. It is registered by us or by somebody else. In the
 * second case it is a version whose encoding is the same as ours: with any other version consumers
 * would read one field as another. Throws if there is none.
 */
export async function scoreSchemaId(
  settings: Settings,
  registry: Pick<SchemaRegistry, 'find' | 'register'>,
  schema: object,
): Promise<number> {
  return schemaIdOf(scoreSubject(settings), settings, registry, schema, SCORES);
}

/** What a schema is of, and how somebody gets it, for messages. */
export interface SchemaWords {
  readonly of: string;
  readonly remedy: string;
}

const SCORES: SchemaWords = {
  of: 'the scores',
  remedy:
    'Register the schema that `check --score-schema` shows, change output.carry back, or set output.registerSchema: true.',
};

/** As `scoreSchemaId`, for records of another subject. */
export function schemaIdOf(
  subject: string,
  { output }: Pick<Settings, 'output'>,
  registry: Pick<SchemaRegistry, 'find' | 'register'>,
  schema: object,
  words: SchemaWords,
): Promise<number> {
  return output.registerSchema
    ? registry.register(subject, schema)
    : registeredId(subject, registry, schema, words);
}

/** A subject, and the schema that records of its topic are written with. */
export interface WantedSubject {
  readonly subject: string;
  readonly schema: object;
  /** The key of the configuration that decides about the schema. */
  readonly where: string;
  readonly words: SchemaWords;
}

/** The problems that `scoreSchemaId` would meet. Nothing is registered. */
export function scoreSubjectProblems(
  settings: Settings,
  registry: Pick<SchemaRegistry, 'find' | 'latest' | 'compatible'>,
  schema: object,
): Promise<readonly Problem[]> {
  const subject = scoreSubject(settings);
  return subjectProblems(
    { subject, schema, where: 'output.carry', words: SCORES },
    settings,
    registry,
  );
}

/** The same for the records of another subject. */
export async function subjectProblems(
  wanted: WantedSubject,
  { output }: Pick<Settings, 'output'>,
  registry: Pick<SchemaRegistry, 'find' | 'latest' | 'compatible'>,
): Promise<readonly Problem[]> {
  if (output.registerSchema) return refusal(wanted, registry);
  const { subject, schema, words } = wanted;
  return registeredId(subject, registry, schema, words).then(
    () => [],
    (error: unknown) => {
      if (error instanceof ScorerError) return error.problems;
      throw error;
    },
  );
}

/** Asks the registry whether it accepts the schema, and says which field breaks which rule. */
async function refusal(
  { subject, schema, where, words }: WantedSubject,
  registry: Pick<SchemaRegistry, 'latest' | 'compatible'>,
): Promise<readonly Problem[]> {
  const answer = await registry.compatible(subject, schema);
  if (answer === undefined || answer.ok) return [];
  const latest = await registry.latest(subject);
  const added = latest === undefined ? [] : withoutDefault(parseSchema(schema), latest.node);
  const own = added.map(
    (path) => `${path} is a new field that cannot be null, so it has no default`,
  );
  const what = `the subject ${subject} does not accept the schema of ${words.of}: ${[...own, ...answer.messages].join('; ')}`;
  return [{ code: 'SCHEMA_INCOMPATIBLE', what, where }];
}

/** Fields of our schema that the other one lacks and that have no default: they break BACKWARD. */
function withoutDefault(ours: SchemaNode, theirs: SchemaNode, prefix = ''): string[] {
  if (ours.kind !== 'record' || theirs.kind !== 'record') return [];
  return ours.fields.flatMap(({ name, node, defaultBytes }) => {
    const other = fieldNamed(theirs, name);
    if (other !== undefined) return withoutDefault(node, other.node, `${prefix}${name}.`);
    return defaultBytes === undefined ? [prefix + name] : [];
  });
}

async function registeredId(
  subject: string,
  registry: Pick<SchemaRegistry, 'find'>,
  schema: object,
  { of, remedy }: SchemaWords,
): Promise<number> {
  const ours = parseSchema(schema);
  let latest: string | undefined;
  const found = await registry.find(subject, (theirs) => {
    const difference = differenceOf(ours, theirs);
    latest ??= difference;
    return difference === undefined;
  });
  if (found !== undefined) return found.id;
  if (latest === undefined) {
    const what = `the schema registry has no subject ${subject}`;
    throw new ScorerError({
      code: 'SUBJECT_NOT_FOUND',
      what,
      where: 'output.registerSchema',
      remedy,
    });
  }
  const what = `no version of ${subject} equals the schema of ${of}; compared with the latest version, ${latest}`;
  throw new ScorerError({
    code: 'SCORE_SCHEMA_DIFFERS',
    what,
    where: 'output.registerSchema',
    remedy,
  });
}

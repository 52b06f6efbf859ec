import type { Settings } from './config/settings.ts';
import { parseSchema } from './decode/avro-shape.ts';
import type { SchemaRegistry } from './decode/registry.ts';
import { differenceOf } from './encode/as-registered.ts';
import { ScorerError, type Problem } from './errors.ts';

/** Where the schema of the scores is registered. */
export const scoreSubject = ({ output }: Pick<Settings, 'output'>): string => `${output.topic}-value`;

/**
 * The id that score records are written with. Registered by us, or by somebody else: then it is a version whose bytes are
 * ours, for consumers would read one field as another by any other. Throws where there is none.
 */
export async function scoreSchemaId(
  settings: Settings,
  registry: Pick<SchemaRegistry, 'find' | 'register'>,
  schema: object,
): Promise<number> {
  const subject = scoreSubject(settings);
  return settings.output.registerSchema ? registry.register(subject, schema) : registeredId(subject, registry, schema);
}

/** What would be in the way of `scoreSchemaId`; nothing is registered. */
export async function scoreSubjectProblems(
  settings: Settings,
  registry: Pick<SchemaRegistry, 'find'>,
  schema: object,
): Promise<readonly Problem[]> {
  if (settings.output.registerSchema) return [];
  return registeredId(scoreSubject(settings), registry, schema).then(
    () => [],
    (error: unknown) => {
      if (error instanceof ScorerError) return error.problems;
      throw error;
    },
  );
}

async function registeredId(subject: string, registry: Pick<SchemaRegistry, 'find'>, schema: object): Promise<number> {
  const ours = parseSchema(schema);
  let latest: string | undefined;
  const found = await registry.find(subject, (theirs) => {
    const difference = differenceOf(ours, theirs);
    latest ??= difference;
    return difference === undefined;
  });
  if (found !== undefined) return found.id;
  const remedy =
    'Register the schema that `check --score-schema` shows, set output.carry as it was, or set output.registerSchema: true.';
  if (latest === undefined) {
    const what = `the schema registry has no subject ${subject}`;
    throw new ScorerError({ code: 'SUBJECT_NOT_FOUND', what, where: 'output.registerSchema', remedy });
  }
  const what = `no version of ${subject} is the schema of the scores; in the latest, ${latest}`;
  throw new ScorerError({ code: 'SCORE_SCHEMA_DIFFERS', what, where: 'output.registerSchema', remedy });
}

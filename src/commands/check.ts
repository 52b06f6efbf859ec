import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { draftBlueprint, readersFrom, type Draft, type ReadReaders } from '../blueprint.ts';
import { inactive } from '../config/inactive.ts';
import { examineConfig } from '../config/load.ts';
import { oddities } from '../config/oddities.ts';
import { printSettings } from '../config/print.ts';
import type { Settings } from '../config/settings.ts';
import { asAtStart, kafkaOf, registryOf } from '../connections.ts';
import { PROTOCOL } from '../consume/kafka-assignor.ts';
import { parseSchema } from '../decode/avro-shape.ts';
import { formatProblems, ScorerError, type Problem } from '../errors.ts';
import { lookAtGolden } from '../golden.ts';
import { groupWanted } from '../guarantees.ts';
import { inspectKafka, type KafkaFindings } from '../inspect/kafka-inspect.ts';
import { SILENT } from '../observe/logger.ts';
import { CalledOff, Lifecycle, type Started } from '../runtime/lifecycle.ts';
import { scoreSubjectProblems } from '../score-subject.ts';
import { probePort } from '../serve/http-server.ts';
import { describeDraft, describeKafka } from './check-report.ts';
import type { CommonOptions, Context, ExitCode } from './context.ts';

export interface CheckOptions extends CommonOptions {
  readonly print?: boolean;
  readonly offline?: boolean;
  /** Shows the Avro schema of the score records, and nothing else. */
  readonly scoreSchema?: boolean;
  /** Avro schema of the events, instead of the registry's. */
  readonly schema?: string;
}

/** Validates everything and prints what it understood; all problems at once. */
export async function check(options: CheckOptions, context: Context): Promise<ExitCode> {
  const { err, stop } = context;
  const running = new Lifecycle(stop);
  try {
    return await examine(options, context, running);
  } catch (error) {
    if (!(error instanceof CalledOff)) throw error;
    err('interrupted\n');
    return stop.reason === 'SIGINT' ? 130 : 143;
  } finally {
    await running.stop(); // the model, whatever it does
  }
}

async function examine(
  options: CheckOptions,
  { env, cwd, out, err, stop }: Context,
  running: Lifecycle,
): Promise<ExitCode> {
  const { settings, file, problems: wrong, doubtful } = await examineConfig({ file: options.config, sets: options.set, env, cwd }); // prettier-ignore
  const only = options.print === true || options.scoreSchema === true;
  if (settings === undefined || (wrong.length > 0 && only)) throw new ScorerError(wrong);
  if (options.print === true) {
    out(printSettings(settings));
    return 0;
  }
  // What a section with a mistake in it names is not what was meant, and is not looked at.
  const sure = (...sections: string[]): boolean => !sections.some((section) => doubtful.has(section));
  // Never in this process: what the model does to its process is told, and the end of this one is heard.
  const drafted = async (readers: ReadReaders): Promise<Started<Draft>> => {
    const value = await draftBlueprint(settings, readers, { elsewhere: true, signal: stop, unnamed: !sure('model') });
    return { value, stop: async () => value.model?.release() };
  };
  if (options.scoreSchema === true) {
    const { blueprint, problems } = await running.start(() => drafted(readersOf(settings, options, cwd)));
    if (blueprint === undefined) throw new ScorerError(problems);
    out(`${JSON.stringify(blueprint.scoreSchema, null, 2)}\n`);
    return 0;
  }
  out(`configuration  ${file}\n`);
  for (const { path, what } of inactive(settings)) out(`  note: ${path} has no effect in this version: ${what}\n`);
  for (const { path, what } of oddities(settings)) out(`  warning: ${path}: ${what}\n`);

  const offline = options.offline === true;
  const topics = sure('name', 'kafka', 'input', 'output', 'deadLetter', 'delivery', 'kafkajs');
  const found = offline || !topics ? undefined : await lookAtKafka(settings).catch(problemsOf);

  const subjects = sure('schemaRegistry', 'input');
  const readers = readersOf(settings, subjects ? options : { ...options, offline: true }, cwd);
  const draft = await running.start(() => drafted(readers));
  const golden = await running.step(() => lookAtGolden(draft, settings));
  await running.stop();
  const subject =
    draft.blueprint && !offline && sure('output') ? await lookAtScores(settings, draft.blueprint.scoreSchema) : [];
  out(describeDraft(draft, settings, sure('decision')));
  if (typeof golden === 'number' && golden > 0) out(`golden         ${golden} events scored as expected\n`);
  if (found?.accessTold !== undefined) out(describeKafka(found, settings));

  // No problem by itself: it may be the very scorer whose configuration is looked at.
  for (const { code, what, where } of offline || !sure('http') ? [] : await probePort(settings.http)) {
    out(`  note: ${code}: ${what} (${where}); \`run\` cannot start beside it\n`);
  }

  const problems: Problem[] = [
    ...wrong,
    ...draft.problems,
    ...(typeof golden === 'object' ? golden : []),
    ...(found?.problems ?? []),
    ...subject,
  ];
  if (problems.length > 0) {
    err(`\n${formatProblems(problems)}\n\n${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n`);
    return new ScorerError(problems).exitCode === 1 ? 1 : 2;
  }
  out(offline && draft.blueprint === undefined ? '\nno problems found (the event schema was not checked: --offline without --schema)\n' : '\nno problems found\n'); // prettier-ignore
  return 0;
}

function problemsOf(error: unknown): { readonly problems: readonly Problem[]; readonly accessTold?: never } {
  if (error instanceof ScorerError) return { problems: error.problems };
  throw error;
}

/** Whether `run` would find or be allowed to register the schema of the scores. */
async function lookAtScores(settings: Settings, schema: object): Promise<readonly Problem[]> {
  const registry = await registryOf(settings);
  try {
    return await scoreSubjectProblems(settings, registry, schema);
  } finally {
    registry.close();
  }
}

async function lookAtKafka(settings: Settings): Promise<KafkaFindings> {
  return inspectKafka(await kafkaOf(settings, SILENT), settings.kafka.brokers, {
    inputs: settings.input.topics,
    output: settings.output.topic,
    deadLetter: settings.deadLetter.topic,
    partitioning: settings.output.partitioning,
    ...groupWanted(settings),
    protocol: PROTOCOL,
  });
}

/** Where the event schemas come from: the file given, or the registry. */
export function readersOf(
  settings: Settings,
  options: Pick<CheckOptions, 'schema' | 'offline'>,
  cwd: string,
): ReadReaders {
  const { schema } = options;
  if (schema !== undefined) {
    return async () => {
      const shape = await schemaFile(resolve(cwd, schema));
      return { readers: new Map(settings.input.topics.map((topic) => [topic, shape])), problems: [] };
    };
  }
  if (options.offline === true) return () => Promise.resolve({ readers: new Map(), problems: [] });
  return async (wanted): Promise<Pick<Draft, 'readers' | 'problems'>> => {
    try {
      const registry = await registryOf(settings);
      return await readersFrom(registry)(wanted).finally(() => {
        registry.close();
      });
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      return { readers: new Map(), problems: asAtStart(error.problems) };
    }
  };
}

/** Reads an Avro schema; throws INPUT_INVALID. */
export async function schemaFile(file: string): Promise<ReturnType<typeof parseSchema>> {
  try {
    return parseSchema(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const what = `it is no Avro schema: ${(error as Error).message}`;
    throw new ScorerError({ code: 'INPUT_INVALID', what, where: file }, { cause: error });
  }
}

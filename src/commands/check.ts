import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { draftBlueprint, readersFrom, type Draft, type ReadReaders } from '../blueprint.ts';
import { inactive } from '../config/inactive.ts';
import { loadConfig } from '../config/load.ts';
import { oddities } from '../config/oddities.ts';
import { printSettings } from '../config/print.ts';
import type { Settings } from '../config/settings.ts';
import { asAtStart, kafkaOf, registryOf } from '../connections.ts';
import { PROTOCOL } from '../consume/kafka-assignor.ts';
import { parseSchema } from '../decode/avro-shape.ts';
import { formatProblems, ScorerError, type Problem } from '../errors.ts';
import { checkGolden } from '../golden.ts';
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
  const { settings, file } = await loadConfig({ file: options.config, sets: options.set, env, cwd });
  if (options.print === true) {
    out(printSettings(settings));
    return 0;
  }
  // Never in this process: what the model does to its process is told, and the end of this one is heard.
  const drafted = async (readers: ReadReaders): Promise<Started<Draft>> => {
    const value = await draftBlueprint(settings, readers, { elsewhere: true, signal: stop });
    return { value, stop: async () => value.model?.release() };
  };
  if (options.scoreSchema === true) {
    const { blueprint, problems } = await running.start(async () => drafted(await readersOf(settings, options, cwd)));
    if (blueprint === undefined) throw new ScorerError(problems);
    out(`${JSON.stringify(blueprint.scoreSchema, null, 2)}\n`);
    return 0;
  }
  out(`configuration  ${file}\n`);
  for (const { path, what } of inactive(settings)) out(`  note: ${path} has no effect in this version: ${what}\n`);
  for (const { path, what } of oddities(settings)) out(`  warning: ${path}: ${what}\n`);

  const offline = options.offline === true;
  const found = offline ? undefined : await lookAtKafka(settings);

  const readers = await readersOf(settings, options, cwd);
  const draft = await running.start(() => drafted(readers));
  const { blueprint } = draft;
  const golden = blueprint && (await running.step(() => checkGolden(blueprint, settings).catch(problemsOf)));
  await running.stop();
  const subject = draft.blueprint && !offline ? await lookAtScores(settings, draft.blueprint.scoreSchema) : [];
  out(describeDraft(draft, settings));
  if (typeof golden === 'number' && golden > 0) out(`golden         ${golden} events scored as expected\n`);
  if (found !== undefined) out(describeKafka(found, settings));

  // No problem by itself: it may be the very scorer whose configuration is looked at.
  for (const { code, what, where } of offline ? [] : await probePort(settings.http)) {
    out(`  note: ${code}: ${what} (${where}); \`run\` cannot start beside it\n`);
  }

  const problems: Problem[] = [
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

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ScorerError) return error.problems;
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
export async function readersOf(
  settings: Settings,
  options: Pick<CheckOptions, 'schema' | 'offline'>,
  cwd: string,
): Promise<ReadReaders> {
  if (options.schema !== undefined) {
    const shape = await schemaFile(resolve(cwd, options.schema));
    const readers = new Map(settings.input.topics.map((topic) => [topic, shape]));
    return () => Promise.resolve({ readers, problems: [] });
  }
  if (options.offline === true) return () => Promise.resolve({ readers: new Map(), problems: [] });
  const registry = await registryOf(settings);
  return async (wanted): Promise<Pick<Draft, 'readers' | 'problems'>> => {
    try {
      return await readersFrom(registry)(wanted);
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      const problems = asAtStart(error.problems);
      return { readers: new Map(), problems };
    } finally {
      registry.close();
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

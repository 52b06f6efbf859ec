import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Champion } from '../compose/champion.ts';
import { attemptPlan, type PlanAttempt } from '../compose/plan-attempt.ts';
import { readersFrom, type FindReaders, type TopicReaders } from '../compose/topic-readers.ts';
import { unsupported } from '../config/unsupported.ts';
import type { ExaminedConfig } from '../config/load.ts';
import { configWarnings } from '../config/warnings.ts';
import type { Settings } from '../config/settings.ts';
import { parseSchema } from '../decode/avro-schema.ts';
import { ERRORS } from '../error-table.ts';
import { formatProblems, ScorerError, type Problem } from '../errors.ts';
import { lookAtGolden } from '../compose/golden.ts';
import { prepareReasons } from '../compose/prepare-reasons.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { scoreSubjectProblems, subjectProblems } from '../compose/score-subject.ts';
import { sideSubjects } from '../compose/side-subjects.ts';
import { probePort } from '../serve/probe-port.ts';
import { examineOthers } from './check-others.ts';
import { lookAtLabels } from './check-labels.ts';
import { lookAtLists } from './check-lists.ts';
import { describeReasons } from './check-reasons.ts';
import { describePlan, describeKafka } from './check-report.ts';
import type { CommonOptions, Context, ExitCode } from './context.ts';

export interface CheckOptions extends CommonOptions {
  readonly print?: boolean;
  readonly offline?: boolean;
  /** Shows the Avro schema of the score records, and nothing else. */
  readonly scoreSchema?: boolean;
  /** The same of the reports of drift, and of the comparisons with a challenger. */
  readonly driftSchema?: boolean;
  readonly comparisonSchema?: boolean;
  /** Avro schema of the events, instead of the registry's. */
  readonly schema?: string;
}

/** What a check has, with the model being opened. */
export interface Checked extends Pick<ExaminedConfig, 'file' | 'problems' | 'doubtful'> {
  readonly options: CheckOptions;
  readonly settings: Settings;
  readonly champion: Promise<Champion>;
  /** Ends what opened the model. */
  readonly release: () => Promise<void>;
}

/** Examines everything, prints what it understood, and reports all problems together. */
export async function examine(
  { options, settings, file, problems: wrong, doubtful, champion, release }: Checked,
  { cwd, out, err, stop }: Context,
): Promise<ExitCode> {
  const running = new Lifecycle(stop);
  const sure = (...sections: string[]): boolean =>
    !sections.some((section) => doubtful.has(section));
  const attempted = (readers: FindReaders): Promise<PlanAttempt> =>
    running.step(async () => attemptPlan(settings, readers, await champion));
  if (options.scoreSchema === true) {
    const { plan, problems } = await attempted(readersOf(settings, options, cwd));
    if (plan === undefined) throw new ScorerError(problems);
    out(`${JSON.stringify(plan.stream.scoreSchema, null, 2)}\n`);
    return 0;
  }
  out(`configuration  ${file}\n`);
  for (const { path, what } of unsupported(settings))
    out(`  note: ${path} has no effect in this version: ${what}\n`);
  for (const { path, what } of configWarnings(settings)) out(`  warning: ${path}: ${what}\n`);

  const offline = options.offline === true;
  const topics = sure('name', 'kafka', 'input', 'output', 'deadLetter', 'delivery', 'kafkajs');
  // The Kafka and registry clients are large, so they are loaded only when they are needed.
  const found =
    offline || !topics
      ? undefined
      : await (await import('./check-kafka.ts')).lookAtKafka(settings).catch(problemsOf);

  const subjects = sure('schemaRegistry', 'input');
  const readers = readersOf(settings, subjects ? options : { ...options, offline: true }, cwd);
  const attempt = await attempted(readers);
  const golden = await running.step(() => lookAtGolden(attempt, settings));
  const reasons = await running.step(() =>
    sure('explain') ? prepareReasons(attempt.scorable, settings, stop) : Promise.resolve([]),
  );
  const others = sure('model')
    ? await running.step(() =>
        examineOthers(settings, attempt, () => Promise.resolve(attempt), {
          offline,
          note: (what) => {
            err(`note: ${what}\n`);
          },
          signal: stop,
        }),
      )
    : [];
  // Releases the process of the model. Nothing waits for this until the end.
  const released = release();
  const subject =
    attempt.plan && !offline && sure('output')
      ? await lookAtScores(settings, attempt.plan.stream.scoreSchema)
      : [];
  const lists = await lookAtLists(
    settings,
    attempt.plan?.stream.readers ?? new Map(),
    offline || !topics,
  );
  out(describePlan(attempt, settings, sure('decision')));
  const labels = sure('labels')
    ? await lookAtLabels(settings, offline || !topics || !subjects)
    : { lines: [], problems: [] };
  for (const line of [...lists.lines, ...labels.lines]) out(line);
  if (typeof golden === 'number' && golden > 0)
    out(`golden         ${golden} events scored as expected\n`);
  if (attempt.scorable !== undefined && reasons.length === 0)
    for (const line of describeReasons(attempt.scorable, settings)) out(line);
  for (const { line } of others) out(line);
  if (found?.accessTold !== undefined) out(describeKafka(found, settings));

  // This is not a problem by itself: the program on this port may be the running scorer.
  for (const { code, what, where } of offline || !sure('http')
    ? []
    : await probePort(settings.http)) {
    out(`  note: ${code}: ${what} (${where}). \`run\` cannot start while it does\n`);
  }

  await released;
  const problems: Problem[] = [
    ...wrong,
    ...attempt.problems,
    ...(typeof golden === 'object' ? golden : []),
    ...reasons,
    ...others.flatMap((other) => other.problems),
    ...(found?.problems ?? []),
    ...lists.problems,
    ...labels.problems,
    ...subject,
  ];
  if (problems.length > 0) {
    err(
      `\n${formatProblems(problems)}\n\n${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n`,
    );
    return new ScorerError(problems).exitCode === 1 ? 1 : 2;
  }
  out(
    offline && attempt.plan === undefined
      ? '\nno problems found (the event schema was not checked: --offline without --schema)\n'
      : '\nno problems found\n',
  );
  return 0;
}

function problemsOf(error: unknown): {
  readonly problems: readonly Problem[];
  readonly accessTold?: never;
} {
  if (error instanceof ScorerError) return { problems: error.problems };
  throw error;
}

/**
 * Whether `run` would find the schemas of the scores and of the topics beside them, or would be
 * allowed to register them.
 */
async function lookAtScores(settings: Settings, schema: object): Promise<readonly Problem[]> {
  const { registryOf } = await import('../compose/connections.ts');
  const registry = await registryOf(settings);
  try {
    const own = await scoreSubjectProblems(settings, registry, schema);
    const beside: Problem[] = [];
    for (const wanted of sideSubjects(settings))
      beside.push(...(await subjectProblems(wanted, settings, registry)));
    return [...own, ...beside];
  } finally {
    registry.close();
  }
}

/** Where the event schemas come from: the file given, or the registry. */
export function readersOf(
  settings: Settings,
  options: Pick<CheckOptions, 'schema' | 'offline'>,
  cwd: string,
): FindReaders {
  const { schema } = options;
  if (schema !== undefined) {
    return async () => {
      const node = await schemaFile(resolve(cwd, schema));
      return {
        readers: new Map(settings.input.topics.map((topic) => [topic, node])),
        problems: [],
      };
    };
  }
  if (options.offline === true) return () => Promise.resolve({ readers: new Map(), problems: [] });
  return async (wanted): Promise<TopicReaders> => {
    const { asAtStart, registryOf } = await import('../compose/connections.ts');
    try {
      const registry = await registryOf(settings);
      return await readersFrom(registry)(wanted).finally(() => {
        registry.close();
      });
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      return { readers: new Map(), problems: asAtStart(error.problems).map(withSchemaFile) };
    }
  };
}

/** If the schema comes from a file, a registry that does not answer is not needed. */
function withSchemaFile(problem: Problem): Problem {
  if (problem.code !== 'REGISTRY_UNREACHABLE') return problem;
  return {
    ...problem,
    remedy: `${problem.remedy ?? ERRORS.REGISTRY_UNREACHABLE.remedy} Or pass a file that holds the schema of the events: --schema FILE.`,
  };
}

/** Reads an Avro schema; throws INPUT_INVALID. */
export async function schemaFile(file: string): Promise<ReturnType<typeof parseSchema>> {
  try {
    return parseSchema(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const what = `the file does not hold a valid Avro schema: ${(error as Error).message}`;
    throw new ScorerError({ code: 'INPUT_INVALID', what, where: file }, { cause: error });
  }
}

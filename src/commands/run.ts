import { once } from 'node:events';
import { unsupported } from '../config/unsupported.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { reloadWhereChanged } from '../config/reload.ts';
import { configWarnings } from '../config/warnings.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { createLogger, type Logger } from '../observe/logger.ts';
import { isAbortOf } from '../runtime/abort.ts';
import { startService, type Expose, type ServiceHooks } from '../compose/service.ts';
import type { Reload } from '../compose/wanted-settings.ts';
import { answerSupervisor } from '../supervise/answer.ts';
import type { CommonOptions, RunContext, ExitCode } from './context.ts';
import { superviseProcesses } from './supervise.ts';

/**
 * Longest time from the signal to the end. Kubernetes kills after 30 s, and closing the connections
 * may take two more. Batches in flight get ten of these seconds; the rest is for brokers that do
 * not answer.
 */
const STOP_MS = 20_000;

export interface RunOptions extends CommonOptions {
  /** Number of processes of one group, under this one. Default: this process scores. */
  readonly processes?: number;
  /** The place of this process among those of a supervisor. */
  readonly member?: number;
}

/** Scores the input topics until it is told to stop, or cannot continue. */
export async function run(options: RunOptions, context: RunContext): Promise<ExitCode> {
  const { processes = 1, member } = options;
  if (member !== undefined) return runMember(options, member, context);
  const { settings, reload } = await configured(options, context);
  const logger = createLogger(settings.log.level, settings.name);
  warn(settings, processes, logger);
  if (processes > 1) return superviseProcesses(options, processes, settings, logger, context);
  return scoreUntilStopped(settings, logger, context, { reload });
}

/**
 * Runs as one of a supervisor's processes. It reports to the supervisor, which speaks for all of
 * them.
 */
async function runMember(
  options: RunOptions,
  member: number,
  context: RunContext,
): Promise<ExitCode> {
  const { supervisor, stopSelf } = context;
  // This comes first: if the supervisor ends while this process starts, this process must end too.
  const answers = Promise.withResolvers<Parameters<Expose>[0]>();
  const join = Promise.withResolvers<unknown>();
  answerSupervisor(supervisor, answers.promise, {
    stop: stopSelf,
    join: () => {
      join.resolve(undefined);
    },
  });
  try {
    const { settings, reload } = await configured(options, context);
    const logger = createLogger(settings.log.level, settings.name, undefined, { process: member });
    const expose: Expose = (what) => {
      answers.resolve(what);
      return Promise.resolve({ value: undefined, stop: () => Promise.resolve() });
    };
    return await scoreUntilStopped(settings, logger, context, {
      expose,
      reload,
      beforeJoin: async () => {
        supervisor.send({ kind: 'started' });
        await join.promise;
      },
    });
  } catch (error) {
    if (error instanceof ScorerError) supervisor.send({ kind: 'failed', code: error.code });
    throw error;
  }
}

/** The configuration, and a function that reads it again while the program runs. */
export async function configured(
  { config: file, set: sets }: CommonOptions,
  context: Pick<RunContext, 'env' | 'cwd'>,
): Promise<{ readonly settings: Settings; readonly reload: Reload }> {
  let policy: readonly string[] = [];
  const load = async (): Promise<Settings> => {
    const { settings } = await loadConfig({ file, sets, ...context });
    const { file: own } = settings.decision ?? {};
    policy = own === undefined ? [] : [own];
    return settings;
  };
  // comes first, so that no change is missed
  const reload = reloadWhereChanged(resolve(context.cwd, file), load, () => policy);
  return { settings: await load(), reload };
}

function warn(settings: Settings, processes: number, logger: Logger): void {
  for (const { path, what } of unsupported(settings)) {
    logger.warn({ path }, `${path} has no effect in this version: ${what}`);
  }
  for (const { path, what } of configWarnings(settings, processes)) logger.warn({ path }, what);
}

/** Whether something ends in time. Its error is thrown. */
async function endsWithin(end: Promise<void>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([end.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

/** Starts the service. Ends when it is told to stop, with everything stopped, or cannot continue. */
export async function scoreUntilStopped(
  settings: Settings,
  logger: Logger,
  { stop }: Pick<RunContext, 'stop'>,
  hooks: ServiceHooks = {},
): Promise<ExitCode> {
  const stopping = (): void => {
    logger.info('stopping: finishing the batches in flight');
  };
  if (stop.aborted) stopping();
  else stop.addEventListener('abort', stopping, { once: true });
  try {
    const service = await startService(settings, logger, stop, hooks);
    try {
      await Promise.race([service.value.failed, stop.aborted ? undefined : once(stop, 'abort')]);
    } finally {
      if (!(await endsWithin(service.stop(), STOP_MS))) {
        logger.warn(
          `the batches in flight did not finish within ${STOP_MS / 1000} s and are abandoned; their records are scored again after the next start`,
        );
      }
    }
  } catch (error) {
    if (!isAbortOf(stop, error)) throw error;
  }
  logger.info('stopped');
  return 0;
}

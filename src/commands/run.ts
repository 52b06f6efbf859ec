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
import type { Reload } from '../compose/wanted-version.ts';
import { answerSupervisor } from '../supervise/answer.ts';
import type { CommonOptions, RunContext, ExitCode } from './context.ts';
import { superviseProcesses } from './supervise.ts';

/**
 * Longest time from the signal to the end. Kubernetes kills after 30 s, and two more may pass until
 * connections are closed. What is in flight gets ten of them; the rest is for brokers that do not
 * answer.
 */
const STOP_MS = 20_000;

export interface RunOptions extends CommonOptions {
  /** So many processes of one group, under this one. Default: this one scores. */
  readonly processes?: number;
  /** Which of a supervisor's processes this is. */
  readonly member?: number;
}

/** Scores the input topics until it is told to stop, or cannot go on. */
export async function run(options: RunOptions, context: RunContext): Promise<ExitCode> {
  const { processes = 1, member } = options;
  if (member !== undefined) return runMember(options, member, context);
  const { settings, reload } = await configured(options, context);
  const logger = createLogger(settings.log.level, settings.name);
  warn(settings, processes, logger);
  if (processes > 1) return superviseProcesses(options, processes, settings, logger, context);
  return score(settings, logger, context, { reload });
}

/**
 * One of a supervisor's processes: what there is to know of it goes to the supervisor, which says
 * it once for all.
 */
async function runMember(
  options: RunOptions,
  member: number,
  context: RunContext,
): Promise<ExitCode> {
  const { supervisor, stopSelf } = context;
  // Before anything else: a supervisor that ends while this process starts must not leave it alone.
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
    return await score(settings, logger, context, {
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

/** The configuration, and how it is read again while the program runs. */
async function configured(
  { config: file, set: sets }: RunOptions,
  context: RunContext,
): Promise<{ readonly settings: Settings; readonly reload: Reload }> {
  const load = async (): Promise<Settings> =>
    (await loadConfig({ file, sets, ...context })).settings;
  // first, so that no change is overlooked
  const reload = reloadWhereChanged(resolve(context.cwd, file), load);
  return { settings: await load(), reload };
}

function warn(settings: Settings, processes: number, logger: Logger): void {
  for (const { path, what } of unsupported(settings)) {
    logger.warn({ path }, `${path} has no effect in this version: ${what}`);
  }
  for (const { path, what } of configWarnings(settings, processes)) logger.warn({ path }, what);
}

/** Whether something ends in time; what it fails with is thrown. */
async function endsWithin(end: Promise<void>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal, ref: false }).catch(() => false);
  try {
    return await Promise.race([end.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

async function score(
  settings: Settings,
  logger: Logger,
  { stop }: RunContext,
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

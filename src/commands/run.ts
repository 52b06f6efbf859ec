import { once } from 'node:events';
import { inactive } from '../config/inactive.ts';
import { loadConfig } from '../config/load.ts';
import { createLogger } from '../observe/logger.ts';
import { CalledOff } from '../runtime/lifecycle.ts';
import { startService } from '../service.ts';
import type { CommonOptions, Context, ExitCode } from './context.ts';

/** Scores the input topics until it is told to stop, or cannot go on. */
export async function run(options: CommonOptions, { env, cwd, stop }: Context): Promise<ExitCode> {
  const { settings } = await loadConfig({ file: options.config, sets: options.set, env, cwd });
  const logger = createLogger(settings.log.level, settings.name);
  for (const { path, what } of inactive(settings))
    logger.warn({ path }, `${path} has no effect in this version: ${what}`);

  const stopping = (): void => {
    logger.info('stopping: finishing what is in flight');
  };
  if (stop.aborted) stopping();
  else stop.addEventListener('abort', stopping, { once: true });
  try {
    const service = await startService(settings, logger, stop);
    try {
      await Promise.race([service.value.failed, stop.aborted ? undefined : once(stop, 'abort')]);
    } finally {
      await service.stop();
    }
  } catch (error) {
    if (!(error instanceof CalledOff)) throw error;
  }
  logger.info('stopped');
  return 0;
}

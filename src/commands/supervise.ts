import { once } from 'node:events';
import { MODEL_ROUTES, routesBy } from '../compose/routes.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../observe/logger.ts';
import { mergedMetrics } from '../observe/merged-metrics.ts';
import { startHttp } from '../serve/http-server.ts';
import { ProcessGroup } from '../supervise/supervisor.ts';
import type { CommonOptions, RunContext, ExitCode } from './context.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Runs several processes with the same configuration, and serves probes and metrics for all of
 * them.
 */
export async function superviseProcesses(
  options: CommonOptions,
  processes: number,
  settings: Settings,
  logger: Logger,
  { fork, stop, kill }: RunContext,
): Promise<ExitCode> {
  const args = ['run', '--config', options.config, ...options.set.flatMap((set) => ['--set', set])];
  const group = new ProcessGroup({
    processes,
    start: (place) => fork([...args, '--member', String(place)]),
    logger,
  });
  const http = await startHttp({
    ...settings.http,
    health: group,
    metrics: {
      contentType: CONTENT_TYPE,
      metrics: async () => mergedMetrics(await group.snapshots(), group.counts),
    },
    routes: routesBy(MODEL_ROUTES, (route, request) => group.request(route, request)),
  });
  group.start();
  kill.addEventListener('abort', () => {
    group.kill();
  });
  logger.info({ http: http.value, processes }, 'supervising');
  if (stop.aborted) group.stop();
  else {
    void once(stop, 'abort').then(() => {
      logger.info('stopping: every process finishes its batches in flight');
      group.stop();
    });
  }
  const exitCode = await group.ended;
  await http.stop();
  logger.info('stopped');
  return exitCode;
}

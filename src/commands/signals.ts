import type { ExitCode } from './context.ts';

/** The exit code of a command that `stop` ended: 128 plus the number of the signal. */
export function exitCodeOf(stop: AbortSignal): ExitCode {
  return (stop.reason as Error).message === 'SIGINT' ? 130 : 143;
}

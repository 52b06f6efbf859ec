import { isClosedPipe } from '../files/destination.ts';
import type { Context, ExitCode } from './context.ts';

/** The exit code of a command that `stop` ended: 128 plus the number of the signal. */
export function exitCodeOf(stop: AbortSignal): ExitCode {
  return (stop.reason as Error).message === 'SIGINT' ? 130 : 143;
}

/**
 * The exit code of a command that ended early: the reader of its result closed the pipe, as `head`
 * does, or `stop` ended it. Throws any other error. `lost`: what was not written.
 */
export function endedEarly(
  error: unknown,
  { stop, err }: Pick<Context, 'stop' | 'err'>,
  lost?: string,
): ExitCode {
  if (isClosedPipe(error)) return 141;
  if (!stop.aborted) throw error;
  err(`interrupted${lost === undefined ? '' : `: ${lost}`}\n`);
  return exitCodeOf(stop);
}

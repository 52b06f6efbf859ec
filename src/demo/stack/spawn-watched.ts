import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WatchedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Removed when this process dies before the command has ended. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Where both output streams go: a file descriptor, or streams of the child. */
  readonly output: number | 'pipe';
}

/** From source under Node's type stripping, and compiled. */
const GUARD = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? 'watchdog.ts' : 'watchdog.js', import.meta.url),
);

/**
 * Runs a command that ends when this process does, even if this one is killed. The child is the
 * watchdog (watchdog.ts): it exits with the command's code, and a line with the name of a signal on
 * its standard input is for the command.
 */
export function spawnWatched({
  command,
  args,
  folder,
  env,
  cwd,
  output,
}: WatchedCommand): ChildProcess {
  const watchdog = spawn(process.execPath, [GUARD, '--remove', folder, '--', command, ...args], {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', output, output],
    detached: true, // out of the terminal's process group: Ctrl-C is for this process
  });
  watchdog.stdin?.on('error', () => undefined); // the guard may be gone first
  return watchdog;
}

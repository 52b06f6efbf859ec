import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface WatchedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** This folder is removed if this process dies before the command has ended. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Where both output streams go: a file descriptor, or streams of the child. */
  readonly output: number | 'pipe';
}

/** As TypeScript source under Node.js, and compiled. */
const GUARD = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? 'watchdog.ts' : 'watchdog.js', import.meta.url),
);

/**
 * Runs a command that ends together with this process, even if this process is killed. The child is
 * the watchdog (watchdog.ts). It exits with the exit code of the command. A line with the name of a
 * signal on its standard input is passed to the command.
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
    detached: true, // not in the process group of the terminal: Ctrl-C is for this process
  });
  watchdog.stdin?.on('error', () => undefined); // the watchdog may end first
  return watchdog;
}

import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * A shell reads which workers run. When this process is gone, for whatever reason, its input ends,
 * and it ends those that are left.
 */
const PROGRAM = `trap '' INT TERM HUP
pids=' '
while read -r what pid; do
  case $what in
    begun) pids="$pids$pid " ;;
    ended) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
[ "$pids" = ' ' ] || kill -9 $pids`;

/** Process ids of the workers that run. */
const running = new Set<number>();
let shell: Socket | undefined;

/**
 * Whether workers can be guarded on this machine. A worker that cannot be has to watch its parent
 * in a thread, which takes longer to start than everything else that Node does for it.
 */
export function canGuard(): boolean {
  shell ??= startShell();
  return shell !== undefined;
}

/**
 * From now on, the process is killed when this one is gone, also after kill -9, and even while it
 * is inside of the runtime and notices nothing.
 */
export function guard(pid: number): void {
  running.add(pid);
  shell?.write(`begun ${pid}\n`);
}

/** The process has ended, and its number may soon belong to another one. */
export function unguard(pid: number): void {
  if (running.delete(pid)) shell?.write(`ended ${pid}\n`);
}

function startShell(): Socket | undefined {
  const child = spawn('/bin/sh', ['-c', PROGRAM], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in a terminal is for the scorer
    detached: true,
  });
  child.on('error', () => undefined);
  if (child.pid === undefined) return undefined;
  const input = child.stdin as Socket;
  // If somebody ends it, the next worker gets another one, which guards the others as well.
  const over = (): void => {
    if (shell === input) shell = undefined;
  };
  child.on('exit', over);
  input.on('error', over);
  // Neither keeps this process alive.
  child.unref();
  input.unref();
  for (const pid of running) input.write(`begun ${pid}\n`);
  return input;
}

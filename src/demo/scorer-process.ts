import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ScorerError } from '../errors.ts';
import type { Started } from '../runtime/lifecycle.ts';

export interface ScorerProcessOptions {
  readonly config: string;
  readonly sets: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly logFile: string;
  /** Aborts the start. */
  readonly stop: AbortSignal;
  /** Called if the process ends unexpectedly. */
  readonly onExit: (error: Error) => void;
}

export interface ScorerProcess {
  readonly port: number;
  readonly pid: number;
}

const READY_MS = 60_000;
const POLL_MS = 100;

/** Starts `run` as a process of its own, as a user would, and waits until it is ready. */
export async function startScorer(options: ScorerProcessOptions): Promise<Started<ScorerProcess>> {
  const port = await freePort();
  const main = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url),
  );
  const sets = [...options.sets, `http.port=${port}`, 'http.host=127.0.0.1'].flatMap((set) => [
    '--set',
    set,
  ]);
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const child = spawn(process.execPath, [main, 'run', '--config', options.config, ...sets], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C reaches the demo, which then stops the scorer at its turn.
    detached: true,
  });
  let tail = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log.write(chunk);
    tail = (tail + chunk.toString()).slice(-4000);
  });
  let stopping = false;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  void exited.then(() => {
    if (stopping) return;
    const what = `the scorer ended unexpectedly (exit code ${child.exitCode ?? 'none'}):\n${tail.trimEnd()}`;
    options.onExit(
      new ScorerError({ code: 'INTERNAL', what, where: options.logFile, remedy: 'Read its log.' }),
    );
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
    log.end();
  };
  try {
    await ready(port, child, options.stop);
  } catch (error) {
    await stop();
    throw error;
  }
  return { value: { port, pid: child.pid ?? 0 }, stop };
}

async function ready(port: number, child: ChildProcess, stopped: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    stopped.throwIfAborted();
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    // An unexpected end is reported by the handler of the exit.
    if (answer?.ok === true || child.exitCode !== null) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new ScorerError({
    code: 'INTERNAL',
    what: `the scorer was not ready within ${READY_MS / 1000} s`,
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null)
    throw new TypeError('a listening server has a port');
  return address.port;
}

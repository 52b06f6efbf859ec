#!/usr/bin/env node
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runProgram, type ProgramContext } from './commands/program.ts';
import type { ScorerError } from './errors.ts';
import { isClosedPipe, unwritable } from './files/destination.ts';

/**
 * Longest life of a process after its supervisor is gone. Batches in flight are abandoned after ten
 * seconds.
 */
const ORPHAN_MS = 20_000;

limitYoungGeneration();

// ONNX Runtime sends telemetry unless it is disabled. The events of a scorer are private.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

const stop = new AbortController();
const kill = new AbortController();
const unread = new AbortController();
const context: ProgramContext = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stop: stop.signal,
  kill: kill.signal,
  unread: unread.signal,
  // The child gets the options of this process, such as the limit of the young generation.
  fork: (args) =>
    fork(fileURLToPath(import.meta.url), args, {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  supervisor: {
    send: (message) => process.send?.(message, undefined, undefined, () => undefined),
    listen: (onMessage) => {
      process.on('message', onMessage);
      process.on('disconnect', orphaned);
      process.channel?.unref();
      if (!process.connected) orphaned();
    },
  },
  stopSelf: () => {
    stop.abort();
  },
  terminal: process.stdout.isTTY,
  stdin: () => process.stdin,
  stdout: () => process.stdout,
  errTerminal: process.stderr.isTTY,
  written: async () => {
    await new Promise(setImmediate);
    if (unwritten !== undefined) throw unwritten;
  },
};

/** Why stdout does not accept output, such as a full disk. */
let unwritten: ScorerError | undefined;

/**
 * A closed pipe (`| head -1`) is not an error: the output is lost, and the command continues to its
 * exit code. A full disk is reported at the end: a service does not stop because its log has no
 * space.
 */
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isClosedPipe(error)) unread.abort();
  else unwritten ??= unwritable(error, 'stdout');
});

/**
 * After the first signal, batches in flight are finished. The second signal does not wait for them.
 */
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) {
      kill.abort();
      process.exit(1);
    }
    stop.abort(new DOMException(signal, 'AbortError'));
  });
}

/**
 * The supervisor is gone, for whatever reason. Batches in flight are finished, and this process
 * ends too.
 */
function orphaned(): void {
  stop.abort();
  setTimeout(() => process.exit(1), ORPHAN_MS).unref();
}

process.exitCode = await runProgram(process.argv.slice(2), context);
// A connection that does not close must not keep a process alive that has finished.
setTimeout(() => process.exit(), 2000).unref();

/**
 * Node.js sizes the young generation of its heap for throughput: two times 32 MB, which a stream of
 * records fills but hardly needs. The size can only be set when a process starts, so `run`,
 * `score`, `compare`, `profile` and `drift` replace themselves with a new process under the same
 * process id, unless the option is already set. Windows does not support that.
 */
function limitYoungGeneration(): void {
  const given = `${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS'] ?? ''}`;
  if (
    !['run', 'score', 'compare', 'profile', 'drift'].includes(process.argv[2] ?? '') ||
    given.includes('semi-space') ||
    process.platform === 'win32'
  )
    return;
  const flags = [
    '--max-semi-space-size=8',
    '--disable-warning=ExperimentalWarning',
    ...process.execArgv,
  ];
  process.execve?.(
    process.execPath,
    [process.execPath, ...flags, ...process.argv.slice(1)],
    process.env,
  );
}

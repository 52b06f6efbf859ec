import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScorerError } from '../errors.ts';
import { RunFailed } from './run-failures.ts';
import { ModelRefused } from './model-refused.ts';
import type { SerializedError } from './worker-messages.ts';

/** Compiled beside this file in dist/; the tests run both as TypeScript. */
export const WORKER_PROGRAM = new URL(
  `./worker-process${extname(import.meta.url)}`,
  import.meta.url,
);

/** Worker processes that run; the end of this one is theirs. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Longest wait for the end of a channel whose process has ended. */
const UNREAD_MS = 2000;

/** One that was started before anybody asked for it. */
let spare: ChildProcess | undefined;

/**
 * Starts a worker that the next `forkWorker` takes: it has loaded the runtime by the time this
 * program has loaded the rest.
 */
export function prepareWorker(): ChildProcess {
  if (spare !== undefined) return spare;
  const child = start(WORKER_PROGRAM);
  const gone = (): void => {
    if (spare === child) spare = undefined;
  };
  child.on('error', gone).on('exit', gone);
  // Where none is asked for after all, it keeps nobody.
  child.unref();
  child.channel?.unref();
  return (spare = child);
}

/** Starts a worker. `onEnd` hears once why it ended, however it did. */
export function forkWorker(program: URL, onEnd: (why: string) => void): ChildProcess {
  const child = taken(program) ?? start(program);
  const end = (why: string): void => {
    if (running.delete(child)) onEnd(why);
  };
  child.on('error', (error) => {
    if (child.pid === undefined) end(error.message);
  });
  child.on('exit', (code, signal) => {
    const why = signal === null ? `exit code ${code}` : `signal ${signal}`;
    if (!child.connected) {
      end(why);
      return;
    }
    // What it told at last may still lie in the channel, unread: why it refuses the model, for one.
    const late = setTimeout(end, UNREAD_MS, why);
    child.once('disconnect', () => {
      clearTimeout(late);
      end(why);
    });
  });
  return child;
}

function start(program: URL): ChildProcess {
  const child = fork(fileURLToPath(program), [String(process.pid)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Ctrl-C in a terminal means the scorer, which ends its workers when it has finished
    detached: true,
    windowsHide: true,
  });
  running.add(child);
  return child;
}

function taken(program: URL): ChildProcess | undefined {
  const child = spare;
  if (child === undefined || program.href !== WORKER_PROGRAM.href) return undefined;
  spare = undefined;
  child.ref();
  child.channel?.ref();
  return child;
}

/** The model did to its process what it must not do to the service. */
export function crashed(why: string, where: string, cause?: unknown): ScorerError {
  const what = `the process that opened and tried the model crashed: ${why}`;
  return new ScorerError({ code: 'MODEL_CRASHED', what, where }, { cause });
}

export function deserializeError({
  problems,
  message,
  stack,
  known,
  ofRun,
}: SerializedError): Error {
  if (ofRun === true) return new RunFailed(message);
  if (problems !== undefined && known !== undefined) return new ModelRefused(problems, known);
  if (problems !== undefined) return new ScorerError(problems);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}

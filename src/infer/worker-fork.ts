import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScorerError } from '../errors.ts';
import { RunFailed } from './run-failures.ts';
import { ModelRefused } from './model-refused.ts';
import { SharedPages } from './shared-pages.ts';
import { canGuard, guard, unguard } from './worker-guard.ts';
import type { SerializedError } from './worker-messages.ts';

/** Compiled beside this file in dist/; the tests run both as TypeScript. */
export const WORKER_PROGRAM = new URL(
  `./worker-process${extname(import.meta.url)}`,
  import.meta.url,
);

/** The running worker processes. They end together with this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Longest wait for a channel to close after its process has ended. */
const UNREAD_MS = 2000;

/** A worker that was started before it is needed. */
let spare: ChildProcess | undefined;

/**
 * Starts a worker for the next `forkWorker`. It loads the runtime while this program loads the
 * rest.
 */
export function prepareWorker(): ChildProcess {
  if (spare !== undefined) return spare;
  const child = start(WORKER_PROGRAM);
  const gone = (): void => {
    if (spare === child) spare = undefined;
  };
  child.on('error', gone).on('exit', gone);
  // If it is not needed after all, it does not keep this process alive.
  child.unref();
  child.channel?.unref();
  return (spare = child);
}

/** Starts a worker. `onEnd` is called once with the reason of its end. */
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
    // Its last message may still be unread in the channel, such as the reason why it rejects the
    // model.
    const late = setTimeout(end, UNREAD_MS, why);
    child.once('disconnect', () => {
      clearTimeout(late);
      end(why);
    });
  });
  return child;
}

/** What a worker and this process share. Undefined where they can share nothing. */
export function pagesOf(worker: ChildProcess): SharedPages | undefined {
  return pages.get(worker);
}

const pages = new WeakMap<ChildProcess, SharedPages>();

function start(program: URL): ChildProcess {
  const watches = canGuard() ? [] : [String(process.pid)];
  const shared = SharedPages.open();
  const child = fork(fileURLToPath(program), watches, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...(shared === undefined ? [] : [shared.fd])],
    // Ctrl-C in a terminal is for the scorer, which ends its workers when it has finished
    detached: true,
    windowsHide: true,
  });
  running.add(child);
  if (shared !== undefined) {
    pages.set(child, shared);
    const close = (): void => {
      shared.close();
    };
    // Its last answer may be unread when it has ended, but not when the channel is closed.
    child.once('disconnect', close);
    if (child.pid === undefined) child.once('error', close);
  }
  const { pid } = child;
  if (pid !== undefined) {
    guard(pid);
    child.on('exit', () => {
      unguard(pid);
    });
  }
  return child;
}

function taken(program: URL): ChildProcess | undefined {
  const child = spare;
  if (child === undefined) return undefined;
  spare = undefined;
  if (program.href !== WORKER_PROGRAM.href) {
    child.kill('SIGKILL'); // nobody will need it
    return undefined;
  }
  child.ref();
  child.channel?.ref();
  return child;
}

/** The model crashed its process, so it must not run in the service. */
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

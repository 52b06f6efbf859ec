import { once } from 'node:events';
import { existsSync, fstatSync } from 'node:fs';
import type { FromWorker, ToWorker } from '../../../src/infer/worker-messages.ts';
import { bundleOf, modelFile } from '../../models/models.ts';
import {
  forkWorker,
  pagesOf,
  prepareWorker,
  WORKER_PROGRAM,
} from '../../../src/infer/worker-fork.ts';

/** What a call returns. Undefined if it throws. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Starts a worker; its process id, and why it ended when it is told to. */
function started(program = WORKER_PROGRAM): {
  readonly pid: number;
  readonly end: () => Promise<string>;
} {
  const ended = Promise.withResolvers<string>();
  const child = forkWorker(program, ended.resolve);
  return {
    pid: child.pid!,
    end: () => {
      child.kill('SIGKILL');
      return ended.promise;
    },
  };
}

describe('a worker that was prepared', () => {
  it('is taken once, and its end is told', async () => {
    const { pid } = prepareWorker();
    const first = started();
    const second = started();
    expect(first.pid).toBe(pid);
    expect(second.pid).not.toBe(pid);
    expect(await Promise.all([first.end(), second.end()])).toEqual([
      'signal SIGKILL',
      'signal SIGKILL',
    ]);
  });

  it('ends where another program is asked for', async () => {
    const prepared = prepareWorker();
    const ended = once(prepared, 'exit');
    const other = started(new URL('./no-worker.ts', import.meta.url));
    expect(other.pid).not.toBe(prepared.pid);
    expect(await ended).toEqual([null, 'SIGKILL']);
    await other.end();
  });
});

it('what a worker shares with this process is closed when it has ended', async () => {
  const ended = Promise.withResolvers<string>();
  const child = forkWorker(WORKER_PROGRAM, ended.resolve);
  const pages = pagesOf(child);
  expect(pages !== undefined).toBe(existsSync('/dev/shm'));
  const fd = pages?.fd ?? -1; // elsewhere they share nothing
  const ours = pages === undefined ? { nlink: 0, dev: 0, ino: 0 } : fstatSync(fd);
  expect(ours.nlink).toBe(0); // nobody else can open it
  child.kill('SIGKILL');
  await ended.promise;
  const same = (): boolean => {
    const { dev, ino } = fstatSync(fd);
    return dev === ours.dev && ino === ours.ino;
  };
  expect(attempt(same)).not.toBe(true);
});

// It tells of hundreds of runs before: while nobody reads them, the last word waits behind. Then it
// is no model that crashed.
it('a worker says why it refuses a model before it ends, whenever that is read', async () => {
  const ended = Promise.withResolvers<string>();
  const child = forkWorker(WORKER_PROGRAM, ended.resolve);
  const heard: string[] = [];
  child.on('message', ({ kind }: FromWorker) => heard.push(kind));
  const bundle = bundleOf(modelFile('matrix'), {
    outputs: { score: { class: 'fraud' } },
    warmup: Array<number>(1000).fill(1),
  });
  const options = { name: 'm', threads: 1, compileTrees: true };
  child.send({ kind: 'open', start: { bundle, options, timeoutMs: 60_000 } } satisfies ToWorker);
  await once(child, 'message');
  const until = performance.now() + 2000;
  while (performance.now() < until); // nothing is heard meanwhile
  expect(await ended.promise).toBe('exit code 0');
  expect(heard.at(-1)).toBe('refused');
});

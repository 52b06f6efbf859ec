import { forkWorker, prepareWorker, WORKER_PROGRAM } from '../../../src/infer/worker-fork.ts';

/** Starts a worker; its process id, and why it ended when it is told to. */
function started(program = WORKER_PROGRAM): { readonly pid: number; readonly end: () => Promise<string> } {
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
  it('is taken once, by who asks for its program, and its end is told', async () => {
    const { pid } = prepareWorker();
    const other = started(new URL('./no-worker.ts', import.meta.url));
    const first = started();
    const second = started();
    expect(first.pid).toBe(pid);
    expect([other.pid, second.pid]).not.toContain(pid);
    expect(await Promise.all([first.end(), second.end()])).toEqual(['signal SIGKILL', 'signal SIGKILL']);
    await other.end();
  });
});

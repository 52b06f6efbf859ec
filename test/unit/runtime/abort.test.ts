import { isAbortOf, unlessAborted } from '../../../src/runtime/abort.ts';

describe('isAbortOf', () => {
  const stop = new AbortController();

  it('knows the reason of the signal, and that of one that follows it', () => {
    const { signal } = stop;
    const follows = AbortSignal.any([signal, new AbortController().signal]);
    expect(isAbortOf(signal, signal.reason)).toBe(false); // nothing is thrown before it aborts
    stop.abort();
    expect(isAbortOf(signal, signal.reason)).toBe(true);
    expect(isAbortOf(signal, follows.reason)).toBe(true);
  });

  it('takes no other AbortError for it: that is a failure', () => {
    const other = AbortSignal.abort().reason as Error;
    const { signal } = stop;
    expect([other.name, (signal.reason as Error).name]).toEqual(['AbortError', 'AbortError']);
    expect(isAbortOf(signal, other)).toBe(false);
  });
});

describe('unlessAborted', () => {
  const never = new Promise<never>(() => undefined);

  it('does not wait for work that never ends once the signal aborts', async () => {
    const stop = new AbortController();
    const waiting = unlessAborted(never, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toBe(stop.signal.reason);
    await expect(unlessAborted(never, stop.signal)).rejects.toBe(stop.signal.reason);
  });

  it('answers what the work does', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });
});

/**
 * Whether `error` is the reason of the abort of `signal`. It compares the object and not its name:
 * a request that timed out, or another signal, also throws an AbortError, and for the work of this
 * signal that is a failure like any other.
 */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && error === signal.reason;
}

/**
 * Rejects with the reason of the signal once it aborts. The work itself continues, and its result
 * is ignored.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

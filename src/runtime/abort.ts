/**
 * Whether `error` is the reason that `signal` aborted with. The object is compared and not its
 * name: a request that ran out of time, or another signal, throws an AbortError as well, and for
 * the work behind this signal that is a failure like any other.
 */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && error === signal.reason;
}

/**
 * Rejects with the signal's reason once it aborts. The work itself goes on, and what comes of it is
 * void.
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

import type { Fetched } from './source.ts';

/** The unread part of one partition. Each call fetches the next records. */
export interface PartitionRange {
  readonly end: number;
  /** Batches without records are yielded as well. */
  readonly follows?: boolean;
  next(): Promise<Fetched>;
}

/**
 * Yields whatever arrives first, in turns. Each partition has at most one fetch in progress or
 * ready, so fetching continues during the work, but no further.
 */
export async function* mergeRanges(
  ranges: readonly PartitionRange[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Fetched> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const abort = (): void => {
    aborted.reject(signal?.reason as Error);
  };
  signal?.addEventListener('abort', abort, { once: true });
  const fetches = new Map<PartitionRange, Promise<[PartitionRange, Fetched]>>();
  const fetch = (range: PartitionRange): void => {
    const fetched = range.next().then((got): [PartitionRange, Fetched] => [range, got]);
    fetched.catch(() => undefined); // the caller that awaits it gets the error
    fetches.delete(range);
    fetches.set(range, fetched);
  };
  try {
    ranges.forEach(fetch);
    while (fetches.size > 0) {
      signal?.throwIfAborted();
      const [range, fetched] = await Promise.race([aborted.promise, ...fetches.values()]);
      if (fetched.nextOffset < BigInt(range.end)) fetch(range);
      else fetches.delete(range);
      if (fetched.records.length > 0 || range.follows === true) yield fetched;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

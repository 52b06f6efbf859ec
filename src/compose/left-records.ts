import type { RangeReader } from '../consume/range-reader.ts';
import { ScorerError } from '../errors.ts';
import type { InputRecord } from '../flow/record.ts';

/** Offsets of a partition, both included. */
export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

/** Retention has deleted records, or somebody the topic. */
const GONE: ReadonlySet<string> = new Set(['OFFSET_OUT_OF_RANGE', 'TOPIC_NOT_FOUND']);

/**
 * The records of a stretch that are still there: retention may have deleted its beginning, or all of
 * it, also while it is read. At most two reads, however much is gone.
 */
export async function* leftRecords(
  { topic, partition, first, last }: Stretch,
  reader: RangeReader,
  signal: AbortSignal,
): AsyncGenerator<readonly InputRecord[]> {
  let next = first;
  const to = { offset: () => last + 1 };
  for (const fromOldest of [false, true]) {
    const from = fromOldest ? {} : { from: { offset: () => next } };
    try {
      const range = { topic, partitions: [partition], ...from, to, signal };
      for await (const { records, nextOffset } of reader.read(range)) {
        const own = Array.from(records).filter(({ offset }) => Number(offset) >= next);
        next = Number(nextOffset);
        if (own.length > 0) yield own;
      }
      return;
    } catch (error) {
      if (!(error instanceof ScorerError) || !GONE.has(error.code)) throw error;
    }
  }
}

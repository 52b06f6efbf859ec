import type { Bound, RangeReader } from '../consume/range-reader.ts';
import type { Batch } from '../flow/batch.ts';
import type { InputRecord } from '../flow/record.ts';
import { recordOf, type Rejected } from './score-events.ts';
import type { Entry } from './score-records.ts';

/** Records to compare, and what is read of the input so far. */
export interface InputBatch {
  readonly batch: Batch;
  /** Events of a file that are no events. */
  readonly invalid: readonly Rejected[];
  /** Part of the range that is read, where it is known: 0 to 1. */
  readonly share?: number;
}

/** A batch closes early if it has more bytes than this. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

export interface Batching {
  readonly maxSize: number;
  /** Every so many-th event is compared, by its offset or its place in the file. */
  readonly every: number;
}

/** The events of a file in batches. */
export async function* fileBatches(
  entries: AsyncIterable<Entry>,
  name: string,
  { maxSize, every }: Batching,
): AsyncGenerator<InputBatch> {
  let records: InputRecord[] = [];
  let invalid: Rejected[] = [];
  let bytes = 0;
  const close = (): InputBatch => {
    const batch: Batch = { topic: name, partition: 0, records, closedBy: 'end' };
    const closed = { batch, invalid };
    records = [];
    invalid = [];
    bytes = 0;
    return closed;
  };
  for await (const entry of entries) {
    if (entry.index % every !== 0) continue;
    if ('avro' in entry) {
      records.push(recordOf(entry));
      bytes += entry.avro.length;
    } else invalid.push(entry);
    if (records.length + invalid.length >= maxSize || bytes >= MAX_BATCH_BYTES) yield close();
  }
  yield close();
}

/** Which records of a topic are compared. */
export interface TopicRange {
  readonly topic: string;
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
}

/** The records of a range in batches: as they are fetched, and never more than `maxSize`. */
export async function* topicBatches(
  reader: RangeReader,
  range: TopicRange,
  { maxSize, every }: Batching,
  signal: AbortSignal,
): AsyncGenerator<InputBatch> {
  const { topic } = range;
  const progress = new Map<number, { first: number; next: number; end: number }>();
  for await (const { partition, records, nextOffset, endOffset } of reader.read({
    ...range,
    signal,
  })) {
    const first = progress.get(partition)?.first ?? Number(records[0]!.offset);
    progress.set(partition, { first, next: Number(nextOffset), end: Number(endOffset) });
    // As a plain array: the records of a fetch have a filter of their own, for kafkajs.
    const all = Array.from(records);
    const taken = every === 1 ? all : all.filter(({ offset }) => Number(offset) % every === 0);
    for (let from = 0; from < taken.length; from += maxSize) {
      const batch: Batch = {
        topic,
        partition,
        records: taken.slice(from, from + maxSize),
        closedBy: 'end',
      };
      yield { batch, invalid: [], share: shareOf(progress.values()) };
    }
  }
}

function shareOf(parts: Iterable<{ first: number; next: number; end: number }>): number {
  let [done, all] = [0, 0];
  for (const { first, next, end } of parts) {
    done += next - first;
    all += end - first;
  }
  return all === 0 ? 1 : done / all;
}

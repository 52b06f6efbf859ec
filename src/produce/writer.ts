import { ScorerError } from '../errors.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { OutputRecord } from '../flow/record.ts';
import { deadLetter, type Kept } from './dead-letter.ts';
import type { Sink } from './sink.ts';

export interface WriterOptions {
  readonly output: { readonly topic: string; readonly partitioning: 'same' | 'key' };
  readonly deadLetter: { readonly topic: string; readonly includePayload: boolean };
}

/** Runs one write, and repeats it during an outage. */
export type Persist = <T>(write: () => Promise<T>) => Promise<T>;

/**
 * Writes the outcomes of consecutive batches of one partition. Resolves when everything is
 * acknowledged.
 */
export type WriteOutcomes = (
  outcomes: readonly Outcome[],
  sink: Sink,
  persist: Persist,
) => Promise<void>;

/**
 * Creates the stage that writes outcomes: first the score records, then the dead letters, including
 * the score records that the broker permanently rejects. Each write is repeated by itself, so after
 * an outage only the unacknowledged part is written again. Batches that arrive together are written
 * together, because every send is a request with its own wait.
 */
export function createWriter(options: WriterOptions): WriteOutcomes {
  return async function write(outcomes, sink, persist) {
    const { partition } = outcomes[0]!.batch;
    const records =
      outcomes.length === 1 ? outcomes[0]!.records : outcomes.flatMap((outcome) => outcome.records);
    for (const [to, indexes] of await spread(records, partition, options.output, sink, persist)) {
      const part = indexes === null ? records : indexes.map((index) => records[index]!);
      const refused = await persist(() =>
        sink.write({ topic: options.output.topic, partition: to }, part),
      );
      for (const { index, reason } of refused)
        kill(outcomes, indexes === null ? index : indexes[index]!, reason);
    }
    // Stages kill one after the other, so a later record may have died first.
    let left = outcomes.flatMap(({ batch, fates }) =>
      fates.rejects.toSorted((a, b) => a.row - b.row).map((reject) => ({ batch, reject })),
    );
    if (left.length === 0) return;
    const { topic, includePayload } = options.deadLetter;
    const count = await persist(() => sink.partitions(topic));
    const to = { topic, partition: partition % count };
    for (const kept of includePayload ? KEPT : (['place-only'] as const)) {
      const letters = left.map(({ batch, reject }) => deadLetter(batch, reject, kept));
      const refused = await persist(() => sink.write(to, letters));
      left = refused.map(({ index }) => left[index]!);
      if (left.length === 0) return;
    }
    const what = `the dead letter topic rejected ${left.length} dead ${left.length === 1 ? 'letter' : 'letters'} even without payload; raise its max.message.bytes`;
    throw new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what, where: topic });
  };
}

/** The broker permanently rejects the record at `index` of all the records of the outcomes. */
function kill(outcomes: readonly Outcome[], index: number, reason: string): void {
  for (const { records, rows, fates } of outcomes) {
    if (index < records.length) {
      fates.kill(rows[index]!, 'produce', 'OUTPUT_TOO_LARGE', reason);
      return;
    }
    index -= records.length;
  }
}

/**
 * A dead letter that is too large itself is reduced in this order: where and why is better than
 * nothing.
 */
const KEPT: readonly Kept[] = ['all', 'without-value', 'place-only'];

/** Which records go to which output partition; null means all of them. */
async function spread(
  records: readonly OutputRecord[],
  partition: number,
  output: WriterOptions['output'],
  sink: Sink,
  persist: Persist,
): Promise<ReadonlyMap<number, readonly number[] | null>> {
  if (records.length === 0) return new Map();
  if (output.partitioning === 'same') return new Map([[partition, null]]);
  const count = await persist(() => sink.partitions(output.topic));
  return Map.groupBy(records.keys(), (index) =>
    sink.partitionOf(records[index]!.key, count, partition),
  );
}

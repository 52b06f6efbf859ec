import { ScorerError } from '../errors.ts';
import type { Reject } from '../flow/fates.ts';
import type { Outcome } from '../flow/outcome.ts';
import { deadLetter, type Kept } from './dead-letter.ts';
import type { Sink } from './sink.ts';

export interface WriterOptions {
  readonly output: { readonly topic: string; readonly partitioning: 'same' | 'key' };
  readonly deadLetter: { readonly topic: string; readonly includePayload: boolean };
}

/** Runs one write, and again while what it needs is away. */
export type Persist = <T>(write: () => Promise<T>) => Promise<T>;

/** Writes everything that became of a batch; resolves when all of it is acknowledged. */
export type WriteOutcome = (outcome: Outcome, sink: Sink, persist: Persist) => Promise<void>;

/**
 * Makes the stage that writes an outcome: score records, then dead letters, among them the score records that the
 * broker refuses for ever. Each write is persisted by itself, so that after an outage only what was not acknowledged is
 * written again.
 */
export function createWriter(options: WriterOptions): WriteOutcome {
  return async function write(outcome, sink, persist) {
    const { batch, fates, records, rows } = outcome;
    for (const [partition, indexes] of await spread(outcome, options.output, sink, persist)) {
      const part = indexes === null ? records : indexes.map((index) => records[index]!);
      const refused = await persist(() => sink.write({ topic: options.output.topic, partition }, part));
      for (const { index, reason } of refused) {
        fates.kill(rows[indexes === null ? index : indexes[index]!]!, 'produce', 'OUTPUT_TOO_LARGE', reason);
      }
    }
    if (fates.rejects.length === 0) return;
    const { topic, includePayload } = options.deadLetter;
    const count = await persist(() => sink.partitions(topic));
    const to = { topic, partition: batch.partition % count };
    // Stages kill one after the other, so that a later record may have died first.
    let left: readonly Reject[] = fates.rejects.toSorted((a, b) => a.row - b.row);
    for (const kept of includePayload ? KEPT : (['place-only'] as const)) {
      const letters = left.map((reject) => deadLetter(batch, reject, kept));
      const refused = await persist(() => sink.write(to, letters));
      left = refused.map(({ index }) => left[index]!);
      if (left.length === 0) return;
    }
    const what = `not even where ${left.length} records are and why they died is taken; raise max.message.bytes`;
    throw new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what, where: topic });
  };
}

/** A dead letter that is too large itself goes with less, in this order: better where and why than nothing. */
const KEPT: readonly Kept[] = ['all', 'without-value', 'place-only'];

/** Which records go to which output partition; null stands for all of them. */
async function spread(
  { batch, records }: Outcome,
  output: WriterOptions['output'],
  sink: Sink,
  persist: Persist,
): Promise<ReadonlyMap<number, readonly number[] | null>> {
  if (records.length === 0) return new Map();
  if (output.partitioning === 'same') return new Map([[batch.partition, null]]);
  const count = await persist(() => sink.partitions(output.topic));
  return Map.groupBy(records.keys(), (index) => sink.partitionOf(records[index]!.key, count, batch.partition));
}

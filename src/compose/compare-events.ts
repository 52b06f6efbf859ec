import { Comparison, type ComparisonOptions } from '../compare/comparison.ts';
import type { ComparedBatch, Facts } from '../compare/compared-batch.ts';
import { saidOf, type Said } from '../compare/said.ts';
import type { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { InputBatch } from './compare-input.ts';
import type { ScoreOffline } from './score-batch.ts';

export interface CompareOptions {
  readonly batches: AsyncIterable<InputBatch>;
  /** A may also be what was recorded. */
  readonly a: (batch: Batch) => Promise<Said>;
  readonly b: ScoreOffline;
  readonly facts: (batch: Batch) => Promise<Facts>;
  /** The carried fields of a score record of B. */
  readonly carried: (scoreRecord: Buffer) => unknown;
  readonly comparison: ComparisonOptions;
  readonly signal: AbortSignal;
  /** Called after each batch. */
  readonly onBatch: (compared: ComparedBatch, events: number, share?: number) => Promise<void>;
  /** Something does not answer. It is asked again. */
  readonly onRetry: (error: ScorerError) => void;
}

/**
 * Scores all events with both sides and compares. The next batch is read while the models work on
 * the current one.
 */
export async function compareEvents(options: CompareOptions): Promise<Comparison> {
  const { batches, a, b, facts, carried, signal, onBatch, onRetry } = options;
  const comparison = new Comparison(options.comparison);
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    untilAvailable(work, { signal, onRetry });

  const scored = async ({ batch }: InputBatch): Promise<ComparedBatch> => {
    const [said, outcome, known] = await Promise.all([
      patiently(() => a(batch)),
      patiently(() => b(batch)),
      patiently(() => facts(batch)),
    ]);
    const { rows, records } = outcome;
    return {
      batch,
      a: said,
      b: saidOf(outcome),
      facts: known,
      carried: (row) => carried(records[rows.indexOf(row)]!.value!),
    };
  };
  const settle = async ({ input, work }: Pending): Promise<void> => {
    const compared = await work;
    comparison.add(compared);
    for (const { code } of input.invalid) comparison.addInvalid(code);
    await onBatch(compared, comparison.events, input.share);
  };

  let before: Pending | undefined;
  for await (const input of batches) {
    const work = scored(input);
    work.catch(() => undefined); // the one that awaits it gets the error
    if (before !== undefined) await settle(before);
    before = { input, work };
  }
  if (before !== undefined) await settle(before);
  return comparison;
}

interface Pending {
  readonly input: InputBatch;
  readonly work: Promise<ComparedBatch>;
}

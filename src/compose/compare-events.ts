import { Comparison, type ComparisonOptions } from '../compare/comparison.ts';
import type { Both, ComparedBatch, Facts } from '../compare/compared-batch.ts';
import type { Batch } from '../flow/batch.ts';
import { untilAvailable } from '../runtime/retry.ts';
import type { InputBatch } from './compare-input.ts';
import type { ScoreOffline } from './score-batch.ts';

export interface CompareOptions {
  readonly batches: AsyncIterable<InputBatch>;
  readonly score: Both<ScoreOffline>;
  readonly facts: (batch: Batch) => Promise<Facts>;
  readonly comparison: ComparisonOptions;
  readonly signal: AbortSignal;
  /** Called after each batch. */
  readonly onBatch: (compared: ComparedBatch, events: number, share?: number) => Promise<void>;
}

/**
 * Scores all events with both sides and compares. The next batch is read while the models work on
 * the current one.
 */
export async function compareEvents(options: CompareOptions): Promise<Comparison> {
  const { batches, score, facts, signal, onBatch } = options;
  const comparison = new Comparison(options.comparison);

  const scored = async ({ batch }: InputBatch): Promise<ComparedBatch> => {
    const [a, b, known] = await Promise.all([
      untilAvailable(() => score.a(batch), { signal }),
      untilAvailable(() => score.b(batch), { signal }),
      untilAvailable(() => facts(batch), { signal }),
    ]);
    return { a, b, facts: known };
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

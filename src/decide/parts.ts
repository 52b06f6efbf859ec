import type { RulesSeen } from '../flow/scores.ts';
import type { Rows } from './columns/rows.ts';
import { TRUE, type Bools } from './columns/vector.ts';
import { countHolds, failedRows, settle, type Settled } from './settle.ts';

/** A list or a rule: what it decides where it holds. */
export interface Part {
  readonly name: string;
  /** For messages. */
  readonly what: string;
  readonly shadow: boolean;
  readonly truth: (batch: Rows) => Bools;
  readonly index: number;
  readonly decider: number;
  /** The fields that it reads, for messages. */
  readonly reads: string;
}

/**
 * Decides the open rows of a batch, part after part, each for all rows. A row for which a part that
 * is reached fails is closed, and `onFailed` gets it with its error.
 */
export function decideParts(
  parts: readonly Part[],
  batch: Rows,
  settled: Settled,
  { matched, failed }: Pick<RulesSeen, 'matched' | 'failed'>,
  onFailed: (row: number, part: Part, error: number) => void,
): void {
  for (const [i, part] of parts.entries()) {
    const truth = part.truth(batch);
    const { values: holds, some } = truth;
    if (some === 0) continue;
    const wrong = some > TRUE ? failedRows(settled, holds) : [];
    failed[i] = wrong.length;
    if (part.shadow) {
      matched[i] = countHolds(settled, holds);
      continue;
    }
    for (const row of wrong) {
      settled.open[row] = 0;
      onFailed(row, part, holds[row]!);
    }
    matched[i] = settle(settled, truth, part.index, part.decider);
  }
}

import { BatchBudget } from '../consume/batch-budget.ts';
import type { Batch } from '../flow/batch.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { TakenBatch } from './running-lineup.ts';

export interface Scoring {
  /** Takes a batch. The lineup of this moment scores it. */
  readonly take: (batch: Batch) => TakenBatch;
  /** A batch is delivered. */
  readonly delivered: (outcome: Outcome) => void;
  /** How many rows a batch may have so that the model answers in time. */
  readonly budget: BatchBudget;
}

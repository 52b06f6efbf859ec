import { BatchBudget } from '../consume/batch-budget.ts';
import type { Batch } from '../flow/batch.ts';
import type { TakenBatch } from './running-version.ts';

export interface Scoring {
  /** Takes a batch: the version that scores it is the one of this moment. */
  readonly take: (batch: Batch) => TakenBatch;
  /** How many rows a batch may have so that the model answers in time. */
  readonly budget: BatchBudget;
}

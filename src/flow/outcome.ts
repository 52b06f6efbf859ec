import type { Batch } from './batch.ts';
import type { Fates } from './fates.ts';
import type { OutputRecord } from './record.ts';
import type { Decisions, Scores } from './scores.ts';

/** What became of a batch, ready to be written: a score record for every living row, a reject for every dead one. */
export interface Outcome {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly scores: Scores | null;
  readonly decisions: Decisions | null;
  /** Score records in the order of their rows. */
  readonly records: readonly OutputRecord[];
  /** The row of each score record. */
  readonly rows: Int32Array;
}

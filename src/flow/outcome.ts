import type { Batch } from './batch.ts';
import type { Fates } from './fates.ts';
import type { Observation } from './observation.ts';
import type { OutputRecord } from './record.ts';
import type { Decisions, Scores } from './scores.ts';

/**
 * The result of a batch, ready to be written: a score record for every living row, a reject for
 * every dead one.
 */
export interface Outcome {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly scores: Scores | null;
  readonly decisions: Decisions | null;
  /** Score records in the order of their rows. */
  readonly records: readonly OutputRecord[];
  /** The row of each score record. */
  readonly rows: Int32Array;
  /** Counted once the batch is delivered. */
  readonly observation?: Observation | undefined;
}

/** For a batch in which nothing has to be scored. */
export function emptyOutcome(batch: Batch, fates: Fates): Outcome {
  return { batch, fates, scores: null, decisions: null, records: [], rows: new Int32Array(0) };
}

/** The part of an outcome from an offset on. Everything before it is already done. */
export function since(outcome: Outcome, offset: bigint): Outcome {
  const { batch, rows, records, fates } = outcome;
  const first = batch.records.findIndex((record) => BigInt(record.offset) >= offset);
  if (first === 0) return outcome;
  const from = first === -1 ? batch.records.length : first;
  const kept = rows.findIndex((row) => row >= from);
  const start = kept === -1 ? rows.length : kept;
  return {
    ...outcome,
    fates: fates.since(from),
    records: records.slice(start),
    rows: rows.subarray(start),
  };
}

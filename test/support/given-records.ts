import type { Batch } from '../../src/flow/batch.ts';
import { Fates } from '../../src/flow/fates.ts';
import type { Outcome } from '../../src/flow/outcome.ts';
import type { InputRecord, OutputRecord } from '../../src/flow/record.ts';

/** A record of the input topic; its value and its key are the offset in text unless given. */
export function inputRecord(offset: number, given: Partial<InputRecord> = {}): InputRecord {
  const text = Buffer.from(String(offset));
  return { offset: String(offset), timestamp: '1700000000000', key: text, value: text, ...given };
}

/** Records with the offsets from `first` on. */
export function inputRecords(count: number, first = 0): InputRecord[] {
  return Array.from({ length: count }, (_, i) => inputRecord(first + i));
}

export function batchOf(records: readonly InputRecord[], partition = 0, topic = 'in'): Batch {
  return { topic, partition, records, closedBy: 'end' };
}

/**
 * What becomes of a batch when every living row is scored: one score record `s<offset>` with the
 * input's key.
 */
export function outcomeOf(batch: Batch, fates = new Fates(batch.records.length)): Outcome {
  const rows = Int32Array.from([...batch.records.keys()].filter((row) => fates.isAlive(row)));
  const records = Array.from(rows, (row): OutputRecord => {
    const { key, offset } = batch.records[row]!;
    return { key, value: Buffer.from(`s${offset}`) };
  });
  return { batch, fates, scores: null, decisions: null, records, rows };
}

export const offsetsOf = (records: readonly InputRecord[]): number[] =>
  records.map(({ offset }) => Number(offset));

import type { FetchedRecords } from './fetched-records.ts';

/**
 * As the broker tells it with a fetch: a transaction of this producer that begins here is aborted.
 * Decimals.
 */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** Type of a transaction's marker, in the second half of its key. */
const ABORT = 0;

/**
 * Hides the records of aborted transactions. They keep their places, so that a reader goes on
 * behind them.
 *
 * kafkajs' own filter takes any record whose key is four zero bytes for the end of a transaction
 * (the number 0 as many write it), and hands on what follows of an aborted one; and it takes the
 * list for sorted by its beginnings, which it is by the ends.
 */
export function hideAborted(records: FetchedRecords, aborted: readonly AbortedTransaction[]): void {
  const waiting = aborted
    .map((of) => ({ ...of, first: Number(of.firstOffset) }))
    .sort((a, b) => b.first - a.first);
  const open = new Set<string>();
  for (const record of records) {
    while (waiting.length > 0 && waiting.at(-1)!.first <= record.offset)
      open.add(waiting.pop()!.producerId);
    const { producerId, inTransaction } = record.batchContext;
    if (!inTransaction || !open.has(producerId)) continue;
    if (record.isControlRecord) {
      if (record.key?.length === 4 && record.key.readInt16BE(2) === ABORT) open.delete(producerId);
    } else {
      record.isControlRecord = true;
      records.hidden = true;
    }
  }
}

import type { FetchedRecords } from './fetched-records.ts';

/**
 * An entry that the broker sends with a fetch: a transaction of this producer that begins here is
 * aborted. Decimal strings.
 */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** The type of a transaction marker, in the second half of its key. */
const ABORT = 0;

/**
 * Hides the records of aborted transactions. They keep their places, so a reader continues after
 * them. The filter of kafkajs takes any record with a key of four zero bytes (a common encoding of
 * the number 0) for the end of a transaction, and passes on the following records of an aborted
 * one. It also expects the list in the order of the beginnings, but brokers send it in the order of
 * the ends.
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

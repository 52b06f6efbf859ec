import type { Headers } from '../../flow/headers.ts';
import { RecordView } from '../../flow/record-view.ts';
import type { Unread } from '../../flow/record.ts';

/** What the records of one batch have in common. */
export interface BatchContext {
  /** Decimal; '-1' without idempotence. */
  readonly producerId: string;
  readonly inTransaction: boolean;
}

/**
 * A record in the form that kafkajs passes on, without its 64-bit objects. `timestamp`: ms since
 * the epoch.
 */
export class FetchedRecord extends RecordView {
  /**
   * Not for a reader: a marker of a transaction, a record of an aborted one, or a place that
   * compaction has emptied.
   */
  isControlRecord: boolean;
  readonly batchContext: BatchContext;
  declare readonly unread?: Unread;

  constructor(
    isControlRecord: boolean,
    batchContext: BatchContext,
    offset: number,
    timestamp: number,
    headers: Headers | undefined,
    block: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ) {
    super(offset, timestamp, headers, block, keyStart, keyEnd, valueStart, valueEnd);
    this.isControlRecord = isControlRecord;
    this.batchContext = batchContext;
  }
}

/** A record that is too large to be read. It has its place, and perhaps its key, but no value. */
export class UnreadRecord extends FetchedRecord {
  override readonly unread: Unread;

  constructor(unread: Unread, ...of: ConstructorParameters<typeof FetchedRecord>) {
    super(...of);
    this.unread = unread;
  }
}

type Predicate = (record: FetchedRecord, index: number, records: FetchedRecord[]) => unknown;

/**
 * Records of one partition from one fetch, offsets ascending. kafkajs filters them twice, record by
 * record: those before the requested offset (there are none if the first is not), and control
 * records (usually none).
 */
export class FetchedRecords extends Array<FetchedRecord> {
  /** Whether any record is not for a reader. */
  hidden = false;

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override filter(predicate: Predicate): FetchedRecord[] {
    if (!this.hidden && (this.length === 0 || predicate(this[0]!, 0, this) === true)) return this;
    return super.filter(predicate);
  }
}

import avro from 'avsc';
import { TRANSACTION_SCHEMA, type Transaction } from './simulate/transaction.ts';
import type { SimulatedTransaction } from './simulate/simulator.ts';
import type { FeedEvent } from './feed.ts';
import type { SeenScore } from './ledger.ts';
import { WIRE_PREFIX_BYTES, wirePrefix } from '../flow/wire-prefix.ts';

/**
 * Encodes simulated transactions for the input topic. `onEvent` is called for each before it is
 * sent. Undefined means that the next one is not ready yet, and is passed on.
 */
export function* encodeTransactions<Pause extends undefined = never>(
  transactions: Iterable<SimulatedTransaction | Pause>,
  schemaId: number,
  onEvent: (transaction: SimulatedTransaction) => void,
): Generator<FeedEvent | Pause> {
  const type = avro.Type.forSchema(TRANSACTION_SCHEMA as never);
  const prefix = wirePrefix(schemaId);
  for (const transaction of transactions) {
    if (transaction === undefined) {
      yield transaction;
      continue;
    }
    const { event } = transaction;
    onEvent(transaction);
    yield {
      id: event.transactionId,
      key: Buffer.from(event.customerId),
      value: Buffer.concat([prefix, type.toBuffer(event)]),
    };
  }
}

interface ScoreRecord {
  readonly score: number;
  readonly decision: string | null;
  readonly eventTime: number;
  readonly reasons: readonly { readonly feature: string }[];
  readonly model: { readonly version: string };
  readonly event: Pick<Transaction, 'transactionId' | 'customerId'>;
}

export interface DecodedScore extends SeenScore {
  readonly customer: string;
  /** The version of the model that decided. */
  readonly version: string;
  /** The strongest reason of the decision, where it has reasons. */
  readonly reason: string | undefined;
}

/**
 * Creates the function that reads score records with this schema. `timestamp`: that of the record,
 * in ms.
 */
export function scoreReader(schema: unknown): (value: Buffer, timestamp: number) => DecodedScore {
  const type = avro.Type.forSchema(schema as never);
  return (value, timestamp) => {
    const record = type.fromBuffer(value.subarray(WIRE_PREFIX_BYTES)) as ScoreRecord;
    return {
      id: record.event.transactionId,
      customer: record.event.customerId,
      score: record.score,
      decision: record.decision,
      version: record.model.version,
      reason: record.reasons[0]?.feature,
      latencyMs: timestamp - record.eventTime,
    };
  };
}

import type { Kafka } from 'kafkajs';
import { KafkaRangeReader } from '../src/consume/kafka-range-reader.ts';
import type { InputRecord } from '../src/flow/record.ts';

export interface ReadOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly onRecord: (partition: number, record: InputRecord) => void;
  /**
   * A record that could not be read by this moment of `performance.now()` ends the reading with an
   * error.
   */
  readonly until: number;
  readonly stop: AbortSignal;
}

/**
 * Reads a topic from its beginning to its present end, as a consumer of it sees it: each record is
 * given once and in order, none of aborted transactions, and those that are open are waited for.
 */
export async function readTopic({
  kafka,
  topic,
  onRecord,
  until,
  stop,
}: ReadOptions): Promise<void> {
  const late = AbortSignal.timeout(Math.max(0, Math.round(until - performance.now())));
  const signal = AbortSignal.any([stop, late]);
  const next = new Map<number, string>();
  try {
    for await (const fetched of new KafkaRangeReader({ kafka }).read({
      topic,
      read: 'settled',
      signal,
    })) {
      const { partition, records, nextOffset, endOffset } = fetched;
      for (const record of records) onRecord(partition, record);
      next.set(partition, `${partition}: ${nextOffset} of ${endOffset}`);
    }
  } catch (error) {
    if (!late.aborted || stop.aborted) throw error;
    const read = [...next.values()].join(', ');
    throw new Error(`${topic} could not be read to its end: ${read}`, { cause: error });
  }
}

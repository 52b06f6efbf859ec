import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka, KafkaMessage } from 'kafkajs';

export interface ReadOptions {
  readonly kafka: Kafka;
  readonly admin: Pick<Admin, 'fetchTopicOffsets'>;
  readonly topic: string;
  readonly groupId: string;
  readonly onRecord: (partition: number, record: KafkaMessage) => void;
  /**
   * A record that could not be read by this moment of `performance.now()` ends the reading with an
   * error.
   */
  readonly until: number;
  readonly stop: AbortSignal;
}

const POLL_MS = 50;

/**
 * Reads a topic from its beginning to its present end, as a consumer of it sees it:
 * `read_committed`, which is what kafkajs does by itself. Each record is given once and in order,
 * whatever the reader's own group does meanwhile.
 */
export async function readTopic(options: ReadOptions): Promise<void> {
  const { kafka, admin, topic, groupId, onRecord, until, stop } = options;
  const ends = new Map(
    (await admin.fetchTopicOffsets(topic)).map((entry) => [entry.partition, Number(entry.high)]),
  );
  const next = new Map([...ends].map(([partition]) => [partition, 0]));
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, readUncommitted: false });
  let failure: unknown;
  consumer.on('consumer.crash', ({ payload }) => {
    failure = payload.restart ? failure : payload.error;
  });
  // A fetch of nothing but transaction markers or aborted records reaches no handler.
  consumer.on('consumer.end_batch_process', ({ payload: { partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) reached(next, partition, Number(lastOffset) + 1);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const from = next.get(batch.partition)!;
        for (const message of batch.messages) {
          if (Number(message.offset) >= from) onRecord(batch.partition, message);
        }
        reached(next, batch.partition, Number(batch.lastOffset()) + 1);
        // What the offsets are asked for ends where a transaction is open; what comes with the
        // records does not.
        reached(ends, batch.partition, Number(batch.highWatermark));
        return Promise.resolve();
      },
    });
    while ([...ends].some(([partition, end]) => next.get(partition)! < end)) {
      if (failure !== undefined) throw failure as Error;
      if (performance.now() > until)
        throw new Error(`${topic} could not be read to its end: ${describe(next, ends)}`);
      await sleep(POLL_MS, undefined, { signal: stop });
    }
  } finally {
    await consumer.disconnect();
  }
}

function reached(next: Map<number, number>, partition: number, offset: number): void {
  next.set(partition, Math.max(next.get(partition)!, offset));
}

function describe(next: ReadonlyMap<number, number>, ends: ReadonlyMap<number, number>): string {
  return [...ends]
    .map(([partition, end]) => `${partition}: ${next.get(partition)!} of ${end}`)
    .join(', ');
}

// The yardstick: copies raw records from one topic to another with kafkajs as it comes from the
// registry, and does no work at all. Nothing of src/ is used here, so none of its patches are
// either.
//   node bench/copy-loop.ts --brokers HOST:PORT --input TOPIC --output TOPIC --group ID --partitions N
import { parseArgs } from 'node:util';
import kafkajs, { type EachBatchPayload, type Message } from 'kafkajs';

const text = { type: 'string' } as const;
const { values: given } = parseArgs({
  options: { brokers: text, input: text, output: text, group: text, partitions: text },
});
const { brokers, input, output, group, partitions } = given as Required<typeof given>;

/** kafkajs groups the messages of a send in quadratic time: larger sends are slower. */
const SEND_RECORDS = 500;
const ALL_IN_SYNC_REPLICAS = -1;

const kafka = new kafkajs.Kafka({
  brokers: brokers.split(','),
  clientId: group,
  logLevel: kafkajs.logLevel.ERROR,
});
const producer = kafka.producer({ allowAutoTopicCreation: false });
const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false });

/**
 * One partition's records of a fetch, in order; the other partitions have theirs in flight at the
 * same time.
 */
async function copy(payload: EachBatchPayload): Promise<void> {
  const { batch } = payload;
  const { topic, partition, messages } = batch;
  for (let start = 0; start < messages.length; start += SEND_RECORDS) {
    const part = messages.slice(start, start + SEND_RECORDS);
    await producer.send({
      topic: output,
      acks: ALL_IN_SYNC_REPLICAS,
      messages: part.map(({ key, value, headers = {} }): Message => ({
        key,
        value,
        headers,
        partition,
      })),
    });
    payload.resolveOffset(part.at(-1)!.offset);
    await payload.heartbeat();
  }
  const offset = (BigInt(batch.lastOffset()) + 1n).toString();
  await payload.commitOffsetsIfNecessary({
    topics: [{ topic, partitions: [{ partition, offset }] }],
  });
}

process.once('SIGTERM', () => {
  void Promise.all([consumer.disconnect(), producer.disconnect()]).then(() => process.exit(0));
});
consumer.on('consumer.crash', ({ payload }) => {
  console.error(payload.error);
  if (!payload.restart) process.exit(1);
});

await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topics: [input], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: Number(partitions),
  eachBatch: copy,
});

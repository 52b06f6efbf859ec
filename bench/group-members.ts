// Idle members of one group in a process of their own; tells its parent of every assignment.
//   node bench/group-members.ts BROKERS TOPIC GROUP COUNT FIRST
import kafkajs from 'kafkajs';

const [brokers, topic, groupId, count, first] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  brokers: brokers!.split(','),
  clientId: groupId!,
  logLevel: kafkajs.logLevel.NOTHING,
});
const consumers = await Promise.all(
  Array.from({ length: Number(count) }, async (_, i) => {
    const consumer = kafka.consumer({ groupId: groupId!, maxWaitTimeInMs: 1000, allowAutoTopicCreation: false });
    consumer.on('consumer.group_join', ({ payload }) => {
      process.send?.({ member: Number(first) + i, partitions: payload.memberAssignment[topic!]?.length ?? 0 });
    });
    await consumer.connect();
    await consumer.subscribe({ topic: topic! });
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    return consumer;
  }),
);
process.on('message', () => void consumers.pop()?.disconnect());
process.once('disconnect', () => process.exit(0));

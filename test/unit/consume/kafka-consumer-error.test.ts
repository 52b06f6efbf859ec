import { crashError } from '../../../src/consume/kafka-consumer-error.ts';

/** The error of a broker, as kafkajs wraps it after its own retries. */
const wrapped = (type: string): Error =>
  new Error('it ends', { cause: Object.assign(new Error('no'), { type }) });

it.each([
  ['GROUP_AUTHORIZATION_FAILED', 'KAFKA_DENIED', 'Read on the group was denied', 'input.groupId'],
  ['TOPIC_AUTHORIZATION_FAILED', 'KAFKA_DENIED', 'Read on the input topics was', 'input.topics'],
  ['INCONSISTENT_GROUP_PROTOCOL', 'GROUP_IN_USE', 'another assignment protocol', 'input.groupId'],
  ['UNKNOWN_MEMBER_ID', 'CONSUMER_CRASHED', 'the consumer ended: it ends', undefined],
])('tells why the consumer ended: %s', (type, code, what, where) => {
  const { problems } = crashError(wrapped(type));
  expect(problems).toHaveLength(1);
  expect(problems[0]!.code).toBe(code);
  expect(problems[0]!.what).toContain(what);
  expect(problems[0]!.where).toBe(where);
});

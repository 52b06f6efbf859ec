import kafkajs from 'kafkajs';
import { createRequire } from 'node:module';
import { kafkaTransactions } from '../../src/commit/kafka-transactions.ts';
import { SILENT } from '../../src/observe/logger.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import { World } from '../e2e/world.ts';
import { sharedStack } from '../support/stack.ts';

const END_TXN = 26;

interface Sent {
  readonly request: { readonly apiKey: number; readonly apiVersion: number };
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/network/connectionPool') as {
  prototype: { send(request: Sent): Promise<unknown> };
};
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the pool as `this` below
const { send } = prototype;

describe('the end of a transaction', () => {
  let world: World;
  afterEach(async () => {
    prototype.send = send;
    await world.close();
  });

  /** Whatever is asked again here might end the transaction that follows. */
  it.each([
    ['its answer is lost', new kafkajs.KafkaJSConnectionError('Connection lost')],
    [
      'its coordinator moves',
      new kafkajs.KafkaJSProtocolError({ type: 'NOT_COORDINATOR', retriable: true } as never),
    ],
  ])('is asked for once where %s', async (_, error) => {
    const { brokers } = sharedStack();
    world = await new World(sharedStack()).open(1);
    const kafka = createKafka({ brokers, clientId: 'ends', logger: SILENT });
    const partition = { topic: world.input, partition: 0 };
    const producer = kafkaTransactions({ kafka, groupId: world.name })(partition);
    const ends: number[] = [];
    prototype.send = async function counted(request) {
      const answer = await send.call(this, request);
      if (request.request.apiKey !== END_TXN) return answer;
      ends.push(request.request.apiVersion);
      throw error;
    };
    try {
      await producer.init();
      const transaction = await producer.begin();
      await transaction.send({
        topic: world.output,
        messages: [{ key: null, value: 'once', partition: 0 }],
      });
      await expect(transaction.commit()).rejects.toBe(error);
    } finally {
      await producer.close();
    }
    expect(ends).toEqual([5]);
  });
});

import { createRequire } from 'node:module';
import { kafkaTransactions, type KafkaTransaction } from '../../src/commit/kafka-transactions.ts';
import { transactionalIdOf } from '../../src/commit/transactional-id.ts';
import { SILENT } from '../../src/observe/logger.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import {
  clusterOf,
  coordinatorOf,
  TRANSACTION_COORDINATOR,
} from '../../src/kafkajs/kafka-cluster.ts';
import type { RequestBroker } from '../../src/kafkajs/kafka-topic-request.ts';
import { World } from '../e2e/world.ts';
import { sharedStack } from '../support/stack.ts';

const END_TXN = 26;
/** What brokers say to a request of an epoch that is over. */
const FENCED = [47, 90];

const require = createRequire(import.meta.url);
interface Encoder {
  writeString(value: string): Encoder;
  writeInt64(value: unknown): Encoder;
  writeInt16(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
}
const KafkajsEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;

interface EndOfTransaction {
  readonly transactionalId: string;
  readonly producerId: unknown;
  readonly producerEpoch: number;
}

/**
 * Sends the end of a transaction once more, as a proxy may that repeats a frame; answers the
 * broker's code.
 */
async function repeat(
  broker: RequestBroker,
  { transactionalId, producerId, producerEpoch }: EndOfTransaction,
) {
  const encode = async () =>
    new KafkajsEncoder()
      .writeString(transactionalId)
      .writeInt64(producerId)
      .writeInt16(producerEpoch)
      .writeBoolean(true);
  const request = { apiKey: END_TXN, apiVersion: 0, apiName: 'EndTxn', encode };
  const response = {
    decode: async (bytes: Buffer) => ({ code: bytes.readInt16BE(4) }),
    parse: async (data: object) => data,
  };
  return ((await broker.connectionPool.send({ request, response })) as { code: number }).code;
}

describe('transactions of one producer, one after the other', () => {
  let world: World;
  afterEach(() => world.close());

  it('have an epoch each, so that the end of one that comes again does not end the next', async () => {
    const { brokers } = sharedStack();
    world = await new World(sharedStack()).open(1);
    const kafka = createKafka({ brokers, clientId: 'epochs', logger: SILENT });
    const ends: EndOfTransaction[] = [];
    const { prototype } = require('kafkajs/src/broker') as {
      prototype: { endTxn(request: EndOfTransaction): Promise<unknown> };
    };
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the broker as `this` below
    const { endTxn } = prototype;
    prototype.endTxn = function end(request) {
      ends.push(request);
      return endTxn.call(this, request);
    };
    const partition = { topic: world.input, partition: 0 };
    const producer = kafkaTransactions({ kafka, groupId: world.name })(partition);
    const cluster = clusterOf(kafka)!;
    try {
      await producer.init();
      const send = async (transaction: KafkaTransaction, value: string): Promise<void> => {
        await transaction.send({
          topic: world.output,
          messages: [{ key: null, value, partition: 0 }],
        });
      };
      await cluster.connect();
      await cluster.refreshMetadata();
      const broker = await coordinatorOf(
        cluster,
        transactionalIdOf(world.name, partition),
        TRANSACTION_COORDINATOR,
      );
      for (let n = 0; n < 20; n++) {
        const transaction = await producer.begin();
        await send(transaction, `first of ${n}`);
        if (n === 1) expect(FENCED).toContain(await repeat(broker, ends[0]!));
        await Promise.all([
          send(transaction, `second of ${n}`),
          transaction.commitOffset(partition, BigInt(n + 1)),
        ]);
        await transaction.commit();
      }
      const written = (await world.readAll(world.output)).map(({ value }) => value!.toString());
      expect(written).toEqual(
        [...Array(20).keys()].flatMap((n) => [`first of ${n}`, `second of ${n}`]),
      );
      expect((await world.committed())[0]).toBe(20);
    } finally {
      prototype.endTxn = endTxn;
      await producer.close();
      await cluster.disconnect();
    }
  });
});

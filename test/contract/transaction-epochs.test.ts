import { createRequire } from 'node:module';
import { kafkaTransactions, type KafkaTransaction } from '../../src/commit/kafka-transactions.ts';
import { SILENT } from '../../src/observe/logger.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import { World } from '../e2e/world.ts';
import { sharedStack } from '../support/stack.ts';

const API_VERSIONS = 18;
const INIT_PRODUCER_ID = 22;
const ADD_PARTITIONS = 24;
const END_TXN = 26;
const OFFSET_COMMIT = 28;
/** What brokers say to a request of an epoch that is over. */
const FENCED = [47, 90];
const CONCURRENT_TRANSACTIONS = 51;
const TRANSACTIONS = 20;

interface Sent {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    encode(): Promise<{ readonly buffer: Buffer }>;
  };
  readonly response: { decode(bytes: Buffer): Promise<object>; parse(data: object): unknown };
}
interface Pool {
  send(sent: Sent): Promise<unknown>;
}

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/network/connectionPool') as { prototype: Pool };
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the pool as `this` below
const { send } = prototype;

/** What was sent, in order, and over which connections. */
class Wire {
  readonly #sent: { readonly pool: Pool; readonly sent: Sent }[] = [];

  /** `level`: that brokers are made to tell of the feature `transaction.version`. */
  listen(level: number): void {
    const sents = this.#sent;
    prototype.send = function written(sent) {
      sents.push({ pool: this, sent });
      return send.call(this, sent.request.apiKey === API_VERSIONS ? agreed(sent, level) : sent);
    };
  }

  stop(): void {
    prototype.send = send;
  }

  of(...keys: number[]): string[] {
    return this.#sent
      .filter(({ sent }) => keys.includes(sent.request.apiKey))
      .map(({ sent: { request } }) => `${request.apiKey} v${request.apiVersion}`);
  }

  /** The epochs of the transactions that were ended, in order. */
  async epochs(): Promise<number[]> {
    const ends = this.#sent.filter(({ sent }) => sent.request.apiKey === END_TXN);
    return Promise.all(
      ends.map(async ({ sent: { request } }) => {
        const { buffer } = await request.encode();
        // The result is behind it, and the tags, where there are any.
        return buffer.readInt16BE(buffer.length - (request.apiVersion < 3 ? 3 : 4));
      }),
    );
  }

  /**
   * Sends the first request of a kind once more, as a proxy may that repeats a frame; answers the
   * broker's codes.
   */
  async repeat(key: number): Promise<number[]> {
    const { pool, sent } = this.#sent.find(({ sent }) => sent.request.apiKey === key)!;
    const response = { ...sent.response, parse: (data: object) => Promise.resolve(data) };
    return codesIn(await send.call(pool, { ...sent, response }));
  }
}

function agreed(sent: Sent, level: number): Sent {
  const decode = async (bytes: Buffer): Promise<object> => {
    const data = await sent.response.decode(bytes);
    const { told } = data as { told?: { readonly finalized: Map<string, number> } };
    told?.finalized.set('transaction.version', level);
    return data;
  };
  return { ...sent, response: { ...sent.response, decode } };
}

/** Every code of an answer, wherever it is in it. */
function codesIn(answer: unknown): number[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) =>
    typeof value === 'number' && /^error(Code)?$/.test(name) ? [value] : codesIn(value),
  );
}

describe.each([
  ['that the broker raises (KIP-890)', 2, ['26 v5']],
  ['that is asked for (KIP-360)', 1, ['26 v1', '22 v3']],
])('transactions of one producer with an epoch each %s', (_, level, toEnd) => {
  let world: World;
  const wire = new Wire();
  beforeEach(async () => {
    world = await new World(sharedStack()).open(1);
    wire.listen(level);
  });
  afterEach(async () => {
    wire.stop();
    await world.close();
  });

  it('are ended once, and nothing of one that comes again ends or changes the next', async () => {
    const { brokers } = sharedStack();
    const kafka = createKafka({ brokers, clientId: 'epochs', logger: SILENT });
    const partition = { topic: world.input, partition: 0 };
    const producer = kafkaTransactions({ kafka, groupId: world.name })(partition);
    const repeated: number[] = [];
    try {
      await producer.init();
      const asked = wire.of(INIT_PRODUCER_ID, END_TXN).length;
      const write = async (transaction: KafkaTransaction, value: string): Promise<void> => {
        const messages = [{ key: null, value, partition: 0 }];
        await transaction.send({ topic: world.output, messages });
      };
      for (let n = 0; n < TRANSACTIONS; n++) {
        const transaction = await producer.begin();
        await write(transaction, `first of ${n}`);
        if (n === 1 || n === 7)
          for (const key of [END_TXN, ADD_PARTITIONS, OFFSET_COMMIT])
            repeated.push(...(await wire.repeat(key)));
        await Promise.all([
          write(transaction, `second of ${n}`),
          transaction.commitOffset(partition, BigInt(n + 1)),
        ]);
        // what the coordinator has without this transaction
        expect(await transaction.committedBefore(partition)).toBe(n === 0 ? undefined : BigInt(n));
        await transaction.commit();
        if (n === 0)
          expect([0, CONCURRENT_TRANSACTIONS, ...FENCED]).toContain(
            (await wire.repeat(END_TXN))[0],
          );
      }
      expect(repeated).toHaveLength(6);
      expect(repeated.filter((code) => !FENCED.includes(code))).toEqual([]);
      // A second try is no mistake, where the markers of the transaction before are being written.
      const ends = wire.of(INIT_PRODUCER_ID, END_TXN).slice(asked);
      expect([...new Set(ends)]).toEqual(toEnd);
      expect(ends.filter((of) => of === toEnd[0])).toHaveLength(TRANSACTIONS);
      const [first, ...epochs] = await wire.epochs();
      expect(epochs).toEqual(epochs.map((_epoch, n) => first! + n + 1));
      const written = (await world.readAll(world.output)).map(({ value }) => value!.toString());
      expect(written).toEqual(
        [...Array(TRANSACTIONS).keys()].flatMap((n) => [`first of ${n}`, `second of ${n}`]),
      );
      expect((await world.committed())[0]).toBe(TRANSACTIONS);
    } finally {
      await producer.close();
    }
  });
});

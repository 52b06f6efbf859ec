import { jest } from '@jest/globals';
import type { Kafka, RetryOptions } from 'kafkajs';
import { createRequire } from 'node:module';
import { SILENT } from '../../../src/observe/logger.ts';
import { createKafka, KAFKA_RETRY } from '../../../src/kafkajs/kafka-client.ts';
import { RawBatches } from '../../../src/kafkajs/fetch/kafka-fetch-patch.ts';
import { isFlat } from '../../../src/kafkajs/send/kafka-produce-patch.ts';
import { OnePartition } from '../../../src/kafkajs/send/one-partition.ts';
import { encodeRecordBatch } from '../../../src/kafkajs/send/record-batch.ts';

const require = createRequire(import.meta.url);

// A client keeps its options to itself; what it gives to a retrier shows in how it gives up.
const NOBODY = ['127.0.0.1:1'];

const client = (retry?: RetryOptions): Kafka =>
  createKafka({
    brokers: NOBODY,
    clientId: 'test',
    logger: SILENT,
    ...(retry === undefined ? {} : { overrides: { retry } }),
  });

/** How often a client of ours tries before it gives up. */
async function retries(retry: RetryOptions): Promise<unknown> {
  const admin = client(retry).admin();
  try {
    await admin.connect();
  } catch (error) {
    return (error as { retryCount?: number }).retryCount;
  } finally {
    await admin.disconnect();
  }
  throw new Error('someone listens on port 1');
}

describe('every Kafka client', () => {
  // kafkajs takes other defaults where NODE_ENV is "test", as it is here.
  it('states how it retries, as the default depends on NODE_ENV', () => {
    expect(process.env['NODE_ENV']).toBe('test');
    expect(Object.keys(KAFKA_RETRY).sort()).toEqual([
      'factor',
      'initialRetryTime',
      'maxRetryTime',
      'multiplier',
      'retries',
    ]);
  });

  it('retries as ours say where the configuration does not', async () => {
    expect(await retries({ initialRetryTime: 1, maxRetryTime: 1 })).toBe(KAFKA_RETRY.retries);
  });

  it('retries as the configuration says', async () => {
    expect(await retries({ initialRetryTime: 1, maxRetryTime: 1, retries: 2 })).toBe(2);
  });

  // A second, kafkajs' own, is too short for TLS to a cloud.
  it('waits five seconds for a connection', async () => {
    const armed = jest.spyOn(globalThis, 'setTimeout');
    try {
      await retries({ initialRetryTime: 1, maxRetryTime: 1, retries: 1 });
      expect(armed.mock.calls.map(([, delay]) => delay)).toContain(5000);
    } finally {
      armed.mockRestore();
    }
  });

  // Under load it comes with nearly every transaction, and is over a millisecond later.
  it('says nothing of markers that are still being written, but warns of every other error', () => {
    const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
      createErrorFromCode: (code: number) => Error;
    };
    const said: [string, unknown][] = [];
    const logger = new Proxy(SILENT, {
      get: (_, level) => (_fields: object, message: string) => said.push([String(level), message]),
    });
    const kafka = createKafka({ brokers: NOBODY, clientId: 'test', logger });
    const NOT_COORDINATOR = 16;
    const CONCURRENT_TRANSACTIONS = 51;
    for (const code of [NOT_COORDINATOR, CONCURRENT_TRANSACTIONS]) {
      kafka.logger().error('Response', { error: createErrorFromCode(code).message });
    }
    expect(said).toEqual([
      ['warn', 'kafkajs: Response'],
      ['debug', 'kafkajs: Response'],
    ]);
  });

  it('sends what goes to one partition flat, under the produce request that kafkajs makes', async () => {
    client();
    expect(isFlat()).toBe(true);
    const messages = OnePartition.slice(
      [{ key: Buffer.from('k'), value: Buffer.from('v') }],
      0,
      1,
      3,
    );
    const request = (
      require('kafkajs/src/protocol/requests/produce/v7/request') as (of: object) => {
        encode(): Promise<{ buffer: Buffer }>;
      }
    )({
      acks: -1,
      timeout: 1,
      topicData: [{ topic: 'out', partitions: [{ partition: 3, firstSequence: 0, messages }] }],
    });
    const { buffer } = await request.encode();
    const records = buffer.subarray(buffer.lastIndexOf('k') - 4);
    const fields = {
      timestamp: 0,
      producerId: -1n,
      producerEpoch: 0,
      firstSequence: 0,
      transactional: false,
      codec: 0,
    };
    const expected = await encodeRecordBatch([...messages], {
      ...fields,
      compress: () => Promise.reject(new Error()),
    });
    expect(records).toEqual(expected.subarray(expected.length - records.length));
  });

  it('reads what it fetches flat, under the fetch response that kafkajs reads', async () => {
    client();
    const decode = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
      of: unknown,
    ) => Promise<unknown>;
    const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown;
    const fields = {
      timestamp: 0,
      producerId: -1n,
      producerEpoch: 0,
      firstSequence: 0,
      transactional: false,
      codec: 0,
    };
    const batch = await encodeRecordBatch([{ key: null, value: null }], {
      ...fields,
      compress: () => Promise.reject(new Error()),
    });
    const size = Buffer.alloc(4);
    size.writeInt32BE(batch.length);
    expect(await decode(new Decoder(Buffer.concat([size, batch])))).toBeInstanceOf(RawBatches);
  });
});

import type { Kafka, RetryOptions } from 'kafkajs';
import { SILENT } from '../../../src/observe/logger.ts';
import { createKafka, KAFKA_RETRY } from '../../../src/runtime/kafka-client.ts';

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
    expect(Object.keys(KAFKA_RETRY).sort()).toEqual(['factor', 'initialRetryTime', 'maxRetryTime', 'multiplier', 'retries']); // prettier-ignore
  });

  it('retries as ours say where the configuration does not', async () => {
    expect(await retries({ initialRetryTime: 1, maxRetryTime: 1 })).toBe(KAFKA_RETRY.retries);
  });

  it('retries as the configuration says', async () => {
    expect(await retries({ initialRetryTime: 1, maxRetryTime: 1, retries: 2 })).toBe(2);
  });
});

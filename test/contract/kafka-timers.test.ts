import { jest } from '@jest/globals';
import { SILENT } from '../../src/observe/logger.ts';
import { createKafka } from '../../src/kafkajs/kafka-client.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';

describe('connections of our Kafka client', () => {
  // kafkajs itself: about 900 timers a second for each, with delays below zero, which Node 24 warns
  // of.
  it('arm no timers while nothing is asked of them', async () => {
    const kafka = createKafka({
      brokers: sharedStack().brokers,
      clientId: 'timers',
      logger: SILENT,
    });
    const admin = kafka.admin();
    await admin.connect();
    await admin.listTopics();
    const armed = jest.spyOn(globalThis, 'setTimeout');
    try {
      let looks = 0;
      await eventually(
        () => ++looks,
        (count) => count > 6,
      );
      const delays = armed.mock.calls.map(([, delay]) => delay);
      expect(delays.filter((delay) => (delay ?? 0) < 0)).toEqual([]);
      expect(delays.length).toBeLessThanOrEqual(looks);
    } finally {
      armed.mockRestore();
      await admin.disconnect();
    }
  });
});

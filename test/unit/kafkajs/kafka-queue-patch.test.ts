import { jest } from '@jest/globals';
import { createRequire } from 'node:module';
import { SILENT } from '../../../src/observe/logger.ts';
import { queuePatch } from '../../../src/kafkajs/kafka-queue-patch.ts';

interface Queue {
  throttledUntil: number;
  maybeThrottle(ms: number): void;
  push(request: {
    entry: { correlationId: number };
    expectResponse: boolean;
    sendRequest: () => void;
  }): void;
  fulfillRequest(answer: { correlationId: number; payload: null; size: number }): void;
  destroy(): void;
}

queuePatch.install();
const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

/** A queue of kafkajs, and what it has sent. */
function queueOf(maxInFlightRequests: number): {
  queue: Queue;
  sent: number[];
  push: (id: number) => void;
} {
  const queue = new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 1000,
    clientId: 'c',
    broker: 'b',
    logger: SILENT,
  });
  const sent: number[] = [];
  const entry = (correlationId: number) => ({
    correlationId,
    resolve: () => undefined,
    reject: () => undefined,
  });
  const push = (id: number): void => {
    queue.push({ entry: entry(id), expectResponse: true, sendRequest: () => sent.push(id) });
  };
  return { queue, sent, push };
}

const answer = (correlationId: number) => ({ correlationId, payload: null, size: 0 });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

// kafkajs itself re-arms a timer with a negative delay for every connection, for ever.
describe('a request queue of kafkajs', () => {
  it('arms no timer while nothing waits in it', () => {
    const { queue, push } = queueOf(5);
    push(1);
    push(2);
    queue.fulfillRequest(answer(1));
    queue.fulfillRequest(answer(2));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what waited for others to be answered', () => {
    const { queue, sent, push } = queueOf(1);
    push(1);
    push(2);
    expect(sent).toEqual([1]);
    queue.fulfillRequest(answer(1));
    expect(sent).toEqual([1, 2]);
    queue.fulfillRequest(answer(2));
    jest.runOnlyPendingTimers();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what the broker throttled, when it may, and then is quiet again', () => {
    const { queue, sent, push } = queueOf(5);
    queue.maybeThrottle(500);
    push(1);
    jest.advanceTimersByTime(400);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(101);
    expect(sent).toEqual([1]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it is destroyed', () => {
    const { queue, push } = queueOf(5);
    queue.maybeThrottle(500);
    push(1);
    queue.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });
});

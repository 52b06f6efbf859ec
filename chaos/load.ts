import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import type { Events } from './events.ts';

export interface LoadOptions {
  readonly producer: Pick<Producer, 'send'>;
  readonly topic: string;
  readonly partitions: number;
  readonly events: Events;
  readonly total: number;
}

const TICK_MS = 20;
const SEND_RECORDS = 500;
const RETRY_MS = 100;
const ALL_IN_SYNC_REPLICAS = -1;

/**
 * Writes events to all partitions at a rate that may be changed, one send per partition at a time.
 * A send that failed may have been written all the same; the events then are there twice, as inputs
 * of their own.
 */
export class Load {
  readonly #options: LoadOptions;
  /** Events a second. */
  rate = 0;
  #acknowledged = 0;
  #ended = false;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get left(): number {
    return Math.max(0, this.#options.total - this.#acknowledged);
  }

  /** Resolves when all events are acknowledged, or after `end`. */
  async run(): Promise<void> {
    const { partitions, total } = this.#options;
    const due = new Array<number>(partitions).fill(0);
    const busy = due.map(() => Promise.resolve());
    const idle = due.map(() => true);
    let planned = 0;
    let last = performance.now();
    while (!this.#ended && this.#acknowledged < total) {
      await sleep(TICK_MS);
      const now = performance.now();
      const more = Math.min(total, planned + (this.rate * (now - last)) / 1000);
      for (let i = Math.floor(planned); i < Math.floor(more); i++) due[i % partitions]!++;
      [planned, last] = [more, now];
      for (let partition = 0; partition < partitions; partition++) {
        const count = Math.min(due[partition]!, SEND_RECORDS);
        if (count === 0 || !idle[partition]!) continue;
        idle[partition] = false;
        due[partition]! -= count;
        busy[partition] = this.#send(partition, count).finally(() => (idle[partition] = true));
      }
    }
    await Promise.all(busy);
  }

  end(): void {
    this.#ended = true;
  }

  async #send(partition: number, count: number): Promise<void> {
    const { producer, topic, events } = this.#options;
    const messages = Array.from({ length: count }, () => events.next(partition));
    while (!this.#ended) {
      try {
        await producer.send({ topic, messages, acks: ALL_IN_SYNC_REPLICAS });
        this.#acknowledged += count;
        return;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }
}

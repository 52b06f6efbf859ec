import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Producer } from 'kafkajs';
import { fateOf, type Events } from './events.ts';

export interface BacklogOptions {
  readonly producer: Pick<Producer, 'send'>;
  readonly topic: string;
  readonly partitions: number;
  readonly events: Events;
  /** Events that the group has done with. */
  readonly done: () => number;
  /** Events that are always waiting for it. */
  readonly backlog: number;
}

const SEND_RECORDS = 500;
const FULL_MS = 50;
const RETRY_MS = 100;

/** One event in so many is large. */
const ONE_IN = 200;
const LARGE_BYTES = 100_000;

/** The last field of the soak's events: nobody needs it, and it has to be read past. */
export const BLOB = { name: 'blob', type: 'bytes', default: '' };

/**
 * Keeps a topic ahead of its consumer, some events being large; one send per partition at a time.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  #sent = 0;
  #made = 0;
  #ended = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  get sent(): number {
    return this.#sent;
  }

  end(): void {
    this.#ended = true;
  }

  async run(): Promise<void> {
    const { partitions } = this.#options;
    await Promise.all(Array.from({ length: partitions }, (_, partition) => this.#fill(partition)));
  }

  async #fill(partition: number): Promise<void> {
    const { producer, topic, done, backlog } = this.#options;
    while (!this.#ended) {
      if (this.#sent - done() >= backlog) {
        await sleep(FULL_MS);
        continue;
      }
      const messages = Array.from({ length: SEND_RECORDS }, () => this.#next(partition));
      try {
        // What a failed send wrote all the same is there twice, as inputs of their own.
        await producer.send({ topic, messages });
        this.#sent += messages.length;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }

  #next(partition: number): Message {
    const message = this.#options.events.next(partition);
    const value = message.value as Buffer;
    if (++this.#made % ONE_IN !== 0 || fateOf(value) === 'dead') return message;
    return { ...message, value: enlarged(value) };
  }
}

/** The empty blob at the end, which is one byte, in its place a large one. */
export function enlarged(value: Buffer): Buffer {
  const length: number[] = [];
  let left = LARGE_BYTES * 2; // Avro's zig-zag
  for (; left > 0x7f; left >>>= 7) length.push((left & 0x7f) | 0x80);
  return Buffer.concat([
    value.subarray(0, -1),
    Buffer.from([...length, left]),
    Buffer.alloc(LARGE_BYTES, 1),
  ]);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, Producer } from 'kafkajs';
import { allWarmTransactions } from '../src/demo/warm-transactions.ts';
import { dealer, eventEncoder } from './encode-event.ts';

const DIFFERENT_EVENTS = 5_000;
const TICK_MS = 2;
const SEND_RECORDS = 500;
const ALL_IN_SYNC_REPLICAS = -1;

export interface PaceOptions {
  readonly producer: Producer;
  readonly topic: string;
  readonly schemaId: number;
  readonly partitions: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly stop: AbortSignal;
}

/**
 * When each event was due, by partition and in the order of its records, ms on the clock of
 * `performance.now()`. Due, not sent: an event that the producer could not get rid of in time has
 * waited all the same.
 */
export type DueTimes = readonly (readonly number[])[];

/**
 * Sends events at an even rate, one send at a time to each partition so that their order is known.
 */
export async function pace(options: PaceOptions): Promise<DueTimes> {
  const { producer, topic, schemaId, partitions, ratePerSecond, seconds, stop } = options;
  const encode = eventEncoder(schemaId);
  const partitionOf = dealer(partitions);
  const pool = allWarmTransactions(DIFFERENT_EVENTS).map(({ event }) => ({
    partition: partitionOf(event.customerId),
    message: { key: event.customerId, value: encode(event) },
  }));
  const due = Array.from({ length: partitions }, (): number[] => []);
  const waiting = Array.from({ length: partitions }, (): Message[] => []);
  const sending = new Map<number, Promise<void>>();
  const failed = new AbortController();
  const over = AbortSignal.any([stop, failed.signal]);

  async function sendAll(partition: number): Promise<void> {
    try {
      for (let messages = take(); messages.length > 0; messages = take()) {
        await producer.send({ topic, messages, acks: ALL_IN_SYNC_REPLICAS });
      }
    } catch (error) {
      failed.abort(error);
    }
    sending.delete(partition);

    function take(): Message[] {
      return waiting[partition]!.splice(0, SEND_RECORDS);
    }
  }

  const total = ratePerSecond * seconds;
  const startedAt = performance.now();
  const failure = (error: unknown): never => {
    throw failed.signal.aborted ? (failed.signal.reason as Error) : (error as Error);
  };
  for (let i = 0; i < total;) {
    await sleep(TICK_MS, undefined, { signal: over }).catch(failure);
    const dueNow = Math.min(
      total,
      Math.floor(((performance.now() - startedAt) / 1000) * ratePerSecond),
    );
    for (; i < dueNow; i++) {
      const { partition, message } = pool[i % pool.length]!;
      due[partition]!.push(startedAt + (i / ratePerSecond) * 1000);
      waiting[partition]!.push({ ...message, partition });
    }
    for (let partition = 0; partition < partitions; partition++) {
      if (waiting[partition]!.length > 0 && !sending.has(partition))
        sending.set(partition, sendAll(partition));
    }
  }
  await Promise.all(sending.values());
  failed.signal.throwIfAborted();
  return due;
}

import type { Message, Producer } from 'kafkajs';
import { allWarmTransactions } from '../src/demo/warm-transactions.ts';
import type { MadeEvent } from './made-work.ts';
import { dealer, eventEncoder } from './encode-event.ts';

/**
 * So many simulated transactions are repeated under new ids: making half a million of them would
 * take minutes.
 */
const DIFFERENT_EVENTS = 20_000;
const SEND_RECORDS = 500;
/** Below what a broker takes in one batch by default. */
const SEND_BYTES = 700_000;
const SENDS_IN_FLIGHT = 8;

export interface BacklogOptions {
  readonly producer: Producer;
  readonly topic: string;
  readonly schemaId: number;
  readonly events: number;
  readonly partitions: number;
}

/**
 * Fills the input topic, the same number of customers in every partition. Answers the mean size of
 * a value in bytes.
 */
export async function preload(options: BacklogOptions): Promise<number> {
  const { schemaId, events, partitions } = options;
  const pool = allWarmTransactions(Math.min(DIFFERENT_EVENTS, events)).map(({ event }) => event);
  const encode = eventEncoder(schemaId);
  const partitionOf = dealer(partitions);
  return fill(options, (i) => {
    const event = pool[i % pool.length]!;
    const value = encode({ ...event, transactionId: `bench-${String(i).padStart(9, '0')}` });
    return { key: event.customerId, value, partition: partitionOf(event.customerId) };
  });
}

/** Fills the input topic with the same events over and over, dealt to the partitions in turn. */
export function preloadMade(
  options: Omit<BacklogOptions, 'schemaId'>,
  made: readonly MadeEvent[],
): Promise<number> {
  return fill(options, (i) => ({ ...made[i % made.length]!, partition: i % options.partitions }));
}

async function fill(
  { producer, topic, events, partitions }: Omit<BacklogOptions, 'schemaId'>,
  at: (i: number) => { readonly key: string; readonly value: Buffer; readonly partition: number },
): Promise<number> {
  const waiting = Array.from({ length: partitions }, (): Message[] => []);
  const waitingBytes = new Float64Array(partitions);
  const inFlight = new Set<Promise<unknown>>();
  let bytes = 0;
  const send = async (partition: number): Promise<void> => {
    const messages = waiting[partition]!.splice(0);
    waitingBytes[partition] = 0;
    const sent = producer.send({ topic, messages, acks: -1 }).finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= SENDS_IN_FLIGHT) await Promise.race(inFlight);
  };
  for (let i = 0; i < events; i++) {
    const message = at(i);
    const { partition, value } = message;
    if (waitingBytes[partition]! > 0 && waitingBytes[partition]! + value.length > SEND_BYTES)
      await send(partition);
    bytes += value.length;
    waitingBytes[partition]! += value.length;
    if (waiting[partition]!.push(message) === SEND_RECORDS) await send(partition);
  }
  for (let partition = 0; partition < partitions; partition++) {
    if (waiting[partition]!.length > 0) await send(partition);
  }
  await Promise.all(inFlight);
  return bytes / events;
}

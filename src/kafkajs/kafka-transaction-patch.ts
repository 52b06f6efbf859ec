import { setTimeout as sleep } from 'node:timers/promises';
import { asFinal } from './kafka-errors.ts';
import { inside } from './kafka-inside.ts';
import type { Patch } from './patch.ts';

interface OfTransaction {
  readonly transactionalId: string;
}

interface Broker {
  addPartitionsToTxn(request: OfTransaction): Promise<unknown>;
  addOffsetsToTxn(request: OfTransaction): Promise<unknown>;
}

/** Markers of the transaction before are usually written within milliseconds. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;
const GIVE_UP_MS = 5000;

/**
 * Needed for correctness. If offsets meet CONCURRENT_TRANSACTIONS (the markers of the transaction
 * before are being written), kafkajs gives up; for partitions it sends everything again. Here only
 * the request is repeated. Requests that change the state of the coordinator for one transactional
 * id run one after the other, so records and offsets may be sent at the same time.
 */
export const transactionPatch: Patch = {
  about: 'transactions that closely follow each other',
  neededFor: 'correctness',
  install: () => {
    oneAfterAnother(inside<{ prototype: Broker }>('broker').prototype);
  },
};

/** A separate function, so a test can patch its own broker. */
export function oneAfterAnother(prototype: Broker): void {
  const last = new Map<string, Promise<unknown>>();
  for (const name of ['addPartitionsToTxn', 'addOffsetsToTxn'] as const) {
    const send = prototype[name];
    prototype[name] = async function inTurn(this: Broker, request: OfTransaction) {
      const { transactionalId } = request;
      const before = last.get(transactionalId) ?? Promise.resolve();
      const mine = before.then(() => whenMarkersAreWritten(() => send.call(this, request)));
      const over = mine.catch(() => undefined);
      last.set(transactionalId, over);
      try {
        return await mine;
      } finally {
        if (last.get(transactionalId) === over) last.delete(transactionalId);
      }
    };
  }
}

/**
 * Repeats a request for some seconds while the transaction before is being completed. The error
 * after that is final: kafkajs would retry eight more times, each as long. A new producer with the
 * same id does not wait longer.
 */
export async function whenMarkersAreWritten<T>(
  request: () => Promise<T>,
  giveUpMs = GIVE_UP_MS,
  now: () => number = () => performance.now(),
): Promise<T> {
  const began = now();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await request();
    } catch (error) {
      const { type } = error as { type?: string };
      if (type !== 'CONCURRENT_TRANSACTIONS') throw error;
      if (now() - began >= giveUpMs) throw asFinal(error);
    }
    await sleep(waitMs);
  }
}

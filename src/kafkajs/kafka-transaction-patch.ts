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

/** Markers of the transaction before are written within milliseconds, mostly. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;
const GIVE_UP_MS = 5000;

/**
 * Needed for correctness. kafkajs gives up where offsets meet CONCURRENT_TRANSACTIONS (the markers
 * of the transaction before are being written), and sends everything again where partitions do.
 * Here the request alone is repeated, and of one transactional id the requests that change the
 * coordinator's state follow each other, so that records and offsets may be sent side by side.
 */
export const transactionPatch: Patch = {
  about: 'transactions that closely follow each other',
  neededFor: 'correctness',
  install: () => {
    oneAfterAnother(inside<{ prototype: Broker }>('broker').prototype);
  },
};

/** Separate, so that a test can patch a broker of its own making. */
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
 * Repeats a request while the transaction before is being ended, for some seconds. What then is
 * thrown is final: kafkajs would ask eight times more, and wait as long each time. A producer of
 * the same id that is made anew waits no longer.
 */
export async function whenMarkersAreWritten<T>(
  request: () => Promise<T>,
  giveUpMs = GIVE_UP_MS,
): Promise<T> {
  const began = performance.now();
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await request();
    } catch (error) {
      const { type } = error as { type?: string };
      if (type !== 'CONCURRENT_TRANSACTIONS') throw error;
      if (performance.now() - began >= giveUpMs) throw asFinal(error);
    }
    await sleep(waitMs);
  }
}

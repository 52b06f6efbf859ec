import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../observe/logger.ts';
import { asFinal, renewEpochs, type TransactionBroker } from './kafka-epoch-patch.ts';

interface Lookup {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

interface Cluster {
  findGroupCoordinator(lookup: Lookup): Promise<{ readonly nodeId: number }>;
  findBroker(of: { readonly nodeId: number }): Promise<{ readonly nodeId: number }>;
}

interface OfTransaction {
  readonly transactionalId: string;
}

interface Broker {
  addPartitionsToTxn(request: OfTransaction): Promise<unknown>;
  addOffsetsToTxn(request: OfTransaction): Promise<unknown>;
}

/** The only version whose inside this file knows. */
const KNOWN_VERSION = '2.2.4';
const TRANSACTION = 1;

/** Markers of the transaction before are written within milliseconds, mostly. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;
const GIVE_UP_MS = 5000;

/** Transactional ids whose producers are initialised and in no doubt. */
const settled = new Set<string>();

let done = false;

/**
 * Three things that kafkajs 2.2.4 does with every transaction:
 *
 * - it asks for the coordinators, four times, a round trip each. Here a producer's cluster
 *   remembers them from `keepCoordinators` on. A coordinator that has moved answers
 *   NOT_COORDINATOR, and a producer is thrown away after any failure, its memory with it.
 * - it gives up where offsets meet CONCURRENT_TRANSACTIONS (the markers of the transaction before
 *   are being written), and sends everything again where partitions do. Here the request alone is
 *   repeated, and of one transactional id the requests that change the coordinator's state follow
 *   each other, so that records and offsets may be sent side by side.
 * - it has one epoch for all transactions of a producer. Here each has its own
 *   (kafka-epoch-patch.ts).
 *
 * Any other version is left as it is.
 */
export function easeTransactions(logger: Logger): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KNOWN_VERSION) {
    logger.warn(
      { version, known: KNOWN_VERSION },
      'kafkajs has another version than its transactions are known of',
    );
    return;
  }
  rememberCoordinators((require('kafkajs/src/cluster') as { prototype: Cluster }).prototype);
  const { prototype } = require('kafkajs/src/broker') as { prototype: Broker & TransactionBroker };
  renewEpochs(prototype, whenMarkersAreWritten);
  oneAfterAnother(prototype);
}

/** From now on the coordinators of this producer and of its group are asked for once. */
export function keepCoordinators(transactionalId: string): void {
  settled.add(transactionalId);
}

/** From now on they are asked for each time. */
export function forgetCoordinators(transactionalId: string): void {
  settled.delete(transactionalId);
}

/** Separate, so that a test can patch a cluster of its own making. */
export function rememberCoordinators(prototype: Cluster): void {
  const known = new WeakMap<Cluster, { transactionalId: string; nodes: Map<string, number> }>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the cluster as `this` below
  const { findGroupCoordinator } = prototype;
  prototype.findGroupCoordinator = async function find(this: Cluster, lookup: Lookup) {
    // A producer has a cluster of its own, and asks for the coordinator of its transactions first.
    if (
      lookup.coordinatorType === TRANSACTION &&
      known.get(this)?.transactionalId !== lookup.groupId
    ) {
      known.set(this, { transactionalId: lookup.groupId, nodes: new Map() });
    }
    const memory = known.get(this);
    if (memory === undefined || !settled.has(memory.transactionalId))
      return findGroupCoordinator.call(this, lookup);
    const key = `${lookup.coordinatorType ?? 0} ${lookup.groupId}`;
    const nodeId = memory.nodes.get(key);
    if (nodeId !== undefined) return this.findBroker({ nodeId });
    const broker = await findGroupCoordinator.call(this, lookup);
    memory.nodes.set(key, broker.nodeId);
    return broker;
  };
}

/** Separate, so that a test can patch a broker of its own making. */
export function oneAfterAnother(prototype: Broker): void {
  const last = new Map<string, Promise<unknown>>();
  for (const name of ['addPartitionsToTxn', 'addOffsetsToTxn'] as const) {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the broker as `this` below
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

import {
  askEpoch,
  canAskEpoch,
  endWithEpoch,
  raisesEpochs,
  type EpochBroker,
  type ProducerEpoch,
} from './kafka-epoch-requests.ts';
import { asFinal } from './kafka-errors.ts';
import { inside } from './kafka-inside.ts';
import { whenMarkersAreWritten } from './kafka-transaction-patch.ts';
import type { Patch } from './patch.ts';

interface OfProducer {
  readonly transactionalId?: string | null | undefined;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
}

interface OfTransaction extends OfProducer {
  readonly transactionalId: string;
}

interface EndOfTransaction extends OfTransaction {
  /** Whether it is committed. */
  readonly transactionResult: boolean;
}

interface Produce extends OfProducer {
  readonly topicData: readonly {
    topic: string;
    partitions: readonly { partition: number; firstSequence?: number }[];
  }[];
}

/** A broker of kafkajs, with the functions that transactions need. */
export interface TransactionBroker extends EpochBroker {
  initProducerId(request: {
    readonly transactionalId?: string;
    readonly transactionTimeout: number;
  }): Promise<unknown>;
  addPartitionsToTxn(request: OfTransaction): Promise<unknown>;
  addOffsetsToTxn(request: OfTransaction): Promise<unknown>;
  txnOffsetCommit(request: OfTransaction): Promise<unknown>;
  endTxn(request: EndOfTransaction): Promise<unknown>;
  produce(request: Produce): Promise<unknown>;
}

/** The epoch of one producer object, after the end of its first transaction. */
interface Renewed {
  /** Resolves when the epoch of the next transaction is known. */
  ready: Promise<unknown>;
  current: ProducerEpoch | undefined;
  /**
   * Sequences start with 0 in each epoch. The counters of kafkajs continue, so these are their
   * values at the start of the epoch, by topic and partition.
   */
  readonly bases: Map<string, number>;
}

/** A producer object with the id, until it is discarded. */
interface Owner {
  readonly timeoutMs: number;
  /** The coordinator, if it raises the epoch itself in the end of a transaction. */
  readonly raisedBy: TransactionBroker | undefined;
}

const renewed = new Map<string, Renewed>();
const owners = new Map<string, Owner>();

/**
 * Needed for the guarantee. kafkajs uses one epoch for all transactions of a producer, so a late
 * request of a finished transaction could end or change the next one.
 */
export const epochPatch: Patch = {
  about: 'a producer epoch for each transaction',
  neededFor: 'guarantee',
  install: () => {
    const { prototype } = inside<{ prototype: TransactionBroker }>('broker');
    renewEpochs(prototype, whenMarkersAreWritten);
  },
};

/**
 * Gives every transaction its own epoch: the broker rejects a request of a finished transaction
 * that arrives again or late. With one epoch for all, if a network device repeats the end of a
 * transaction, it ends the following one, with whatever is in it at that time; and an offset that
 * arrives again moves a later one back.
 *
 * If its cluster has finalized the feature, a coordinator raises the epoch in the end of a
 * transaction and returns the next one (KIP-890). From other coordinators the new epoch is
 * requested as soon as a transaction has ended, and only as the successor of the epoch before
 * (KIP-360), so an earlier owner is never admitted again. kafkajs does not expose the epoch of its
 * producer, so the new one is written into its requests here. `whenSettled` repeats a request while
 * the coordinator still works on the transaction before.
 */
export function renewEpochs(
  prototype: TransactionBroker,
  whenSettled: <T>(request: () => Promise<T>) => Promise<T>,
): void {
  /* eslint-disable @typescript-eslint/unbound-method -- called with the broker as `this` below */
  const { initProducerId, addPartitionsToTxn, addOffsetsToTxn, txnOffsetCommit, endTxn, produce } =
    prototype;
  prototype.initProducerId = async function init(request) {
    const { transactionalId, transactionTimeout: timeoutMs } = request;
    if (transactionalId !== undefined) {
      forgetEpoch(transactionalId);
      const raisedBy = (await raisesEpochs(this)) ? this : undefined;
      owners.set(transactionalId, { timeoutMs, raisedBy });
    }
    return initProducerId.call(this, request);
  };
  for (const [name, send] of Object.entries({ addPartitionsToTxn, addOffsetsToTxn })) {
    Object.assign(prototype, {
      async [name](this: TransactionBroker, request: OfTransaction): Promise<unknown> {
        await renewed.get(request.transactionalId)?.ready;
        return send.call(this, named(request));
      },
    });
  }
  prototype.txnOffsetCommit = function commit(request) {
    return txnOffsetCommit.call(this, named(request));
  };
  prototype.produce = function send(request) {
    return produce.call(this, numbered(request));
  };
  prototype.endTxn = async function end(request) {
    const owner = owners.get(request.transactionalId);
    const own = named(request);
    if (owner === undefined) return endTxn.call(this, own);
    const raises = owner.raisedBy === this;
    const answer = raises ? await endWithEpoch(this, own) : await endTxn.call(this, own);
    // If another producer has the id now, it has its own epoch.
    if (owners.get(request.transactionalId) !== owner) return answer;
    if (raises) adopt(request.transactionalId, answer as ProducerEpoch);
    else renew(this, own, owner.timeoutMs, whenSettled);
    return answer;
  };
  /* eslint-enable @typescript-eslint/unbound-method */
}

/** The producer with this id is discarded, or starts. */
export function forgetEpoch(transactionalId: string): void {
  renewed.delete(transactionalId);
  owners.delete(transactionalId);
}

function named<T extends OfProducer>(request: T): T {
  const current = renewed.get(request.transactionalId ?? '')?.current;
  if (current === undefined) return request;
  return { ...request, producerId: current.producerId, producerEpoch: current.epoch };
}

function numbered(request: Produce): Produce {
  const own = renewed.get(request.transactionalId ?? '');
  if (own?.current === undefined) return request;
  const topicData = request.topicData.map(({ topic, partitions, ...data }) => ({
    ...data,
    topic,
    partitions: partitions.map(({ firstSequence = 0, ...part }) => {
      const place = `${topic}-${part.partition}`;
      const base = own.bases.get(place) ?? firstSequence;
      own.bases.set(place, base);
      return { ...part, firstSequence: firstSequence - base };
    }),
  }));
  return { ...named(request), topicData };
}

function adopt(transactionalId: string, current: ProducerEpoch): void {
  renewed.set(transactionalId, { ready: Promise.resolve(), current, bases: new Map() });
}

function renew(
  broker: TransactionBroker,
  { transactionalId, producerId, producerEpoch }: OfTransaction,
  timeoutMs: number,
  whenSettled: <T>(request: () => Promise<T>) => Promise<T>,
): void {
  if (!canAskEpoch(broker)) return;
  const before = { producerId: String(producerId), epoch: producerEpoch! };
  const next: Renewed = { ready: Promise.resolve(), current: undefined, bases: new Map() };
  renewed.set(transactionalId, next);
  const ask = async (): Promise<void> => {
    if (renewed.get(transactionalId) === next)
      next.current = await askEpoch(broker, transactionalId, timeoutMs, before);
  };
  next.ready = whenSettled(ask).catch((error: unknown) => {
    throw asFinal(error); // the result does not change, however often the next transaction asks
  });
  next.ready.catch(() => undefined); // the next transaction gets the error, if there is one
}

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

/** A broker of kafkajs, as far as transactions need it. */
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

/** The epoch of one producer object, from the end of its first transaction on. */
interface Renewed {
  /** Resolves when the epoch of the next transaction is known. */
  ready: Promise<unknown>;
  current: ProducerEpoch | undefined;
  /**
   * Sequences begin with 0 in each epoch; what kafkajs counts goes on, from here, by topic and
   * partition.
   */
  readonly bases: Map<string, number>;
}

/** A producer object that has the id, until it is thrown away. */
interface Owner {
  readonly timeoutMs: number;
  /** The coordinator, where it raises the epoch itself in the end of a transaction. */
  readonly raisedBy: TransactionBroker | undefined;
}

const renewed = new Map<string, Renewed>();
const owners = new Map<string, Owner>();

/**
 * Needed for the guarantee. kafkajs has one epoch for all transactions of a producer, so that a
 * request of one that is over may end or move the next.
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
 * Gives every transaction an epoch of its own: a request of one that is over, which comes once more
 * or late, is refused. With one epoch for all, the end of a transaction that a middle box repeats
 * ends the one that follows, with whatever is in it by then; and an offset that comes again moves
 * the one after it back.
 *
 * A coordinator whose cluster has agreed on it raises the epoch in the end of a transaction, and
 * answers the next one (KIP-890). Of others the new epoch is asked for as soon as a transaction has
 * ended, and only from the epoch before (KIP-360): an owner before is never let in again.
 *
 * kafkajs keeps its producer's epoch to itself, so it is put into its requests here. `whenSettled`
 * repeats a request while the coordinator still works on the transaction before.
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
    // Who has the id by now, if anybody, has an epoch of its own.
    if (owners.get(request.transactionalId) !== owner) return answer;
    if (raises) adopt(request.transactionalId, answer as ProducerEpoch);
    else renew(this, own, owner.timeoutMs, whenSettled);
    return answer;
  };
  /* eslint-enable @typescript-eslint/unbound-method */
}

/** The producer with this id is thrown away, or begins. */
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
    throw asFinal(error); // it is the same however often the next transaction looks
  });
  next.ready.catch(() => undefined); // the next transaction is told, if there is one
}

import { asFinal } from './kafka-errors.ts';
import { inside } from './kafka-inside.ts';
import { newDecoder, newEncoder } from './kafka-protocol.ts';
import type { RequestBroker } from './kafka-topic-request.ts';
import { whenMarkersAreWritten } from './kafka-transaction-patch.ts';
import type { Patch } from './patch.ts';

/** Who a transaction's requests say they are from. */
export interface ProducerEpoch {
  readonly producerId: string;
  readonly epoch: number;
}

interface OfProducer {
  readonly transactionalId?: string | null | undefined;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
}

interface OfTransaction extends OfProducer {
  readonly transactionalId: string;
}

interface Produce extends OfProducer {
  readonly topicData: readonly {
    topic: string;
    partitions: readonly { partition: number; firstSequence?: number }[];
  }[];
}

/** A broker of kafkajs, as far as transactions need it. */
export interface TransactionBroker extends RequestBroker {
  initProducerId(request: {
    readonly transactionalId?: string;
    readonly transactionTimeout: number;
  }): Promise<unknown>;
  addPartitionsToTxn(request: OfTransaction): Promise<unknown>;
  addOffsetsToTxn(request: OfTransaction): Promise<unknown>;
  txnOffsetCommit(request: OfTransaction): Promise<unknown>;
  endTxn(request: OfTransaction): Promise<unknown>;
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

interface KafkajsErrors {
  createErrorFromCode(code: number): Error;
}

const renewed = new Map<string, Renewed>();
const timeouts = new Map<string, number>();

/**
 * Needed for the guarantee. kafkajs has one epoch for all transactions of a producer, so that a
 * request of one that is over may end or move the next.
 */
export const epochPatch: Patch = {
  about: 'an epoch for each transaction',
  neededFor: 'guarantee',
  install: () => {
    const { prototype } = inside<{ prototype: TransactionBroker }>('broker');
    renewEpochs(prototype, whenMarkersAreWritten);
  },
};

/**
 * Gives every transaction an epoch of its own (KIP-360): a request of one that is over, which comes
 * once more or late, is refused. With one epoch for all, the end of a transaction that a middle box
 * repeats ends the one that follows, with whatever is in it by then; and an offset that comes again
 * moves the one after it back. The new epoch is asked for as soon as a transaction has ended, on
 * its coordinator, and only from the epoch before: an owner before is never let in again.
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
    if (request.transactionalId !== undefined) {
      forgetEpoch(request.transactionalId);
      timeouts.set(request.transactionalId, request.transactionTimeout);
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
    const own = named(request);
    const answer = await endTxn.call(this, own);
    renew(this, own, whenSettled);
    return answer;
  };
  /* eslint-enable @typescript-eslint/unbound-method */
}

/** The producer with this id is thrown away, or begins. */
export function forgetEpoch(transactionalId: string): void {
  renewed.delete(transactionalId);
  timeouts.delete(transactionalId);
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

function renew(
  broker: TransactionBroker,
  { transactionalId, producerId, producerEpoch }: OfTransaction,
  whenSettled: <T>(request: () => Promise<T>) => Promise<T>,
): void {
  const timeoutMs = timeouts.get(transactionalId);
  if (timeoutMs === undefined || !canRenew(broker)) return;
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

const INIT_PRODUCER_ID = 22;
const PRODUCER_FENCED = 90;
/** The first version that says which epoch it is to follow. */
const WITH_EPOCH = 3;

function canRenew({ versions }: RequestBroker): boolean {
  const known = versions === null ? undefined : versions[INIT_PRODUCER_ID];
  return known !== undefined && known.maxVersion >= WITH_EPOCH;
}

/**
 * The epoch that follows one; throws kafkajs' error where the broker refuses, as where another
 * producer has the id.
 */
async function askEpoch(
  broker: RequestBroker,
  transactionalId: string,
  timeoutMs: number,
  before: ProducerEpoch,
): Promise<ProducerEpoch> {
  const request = {
    apiKey: INIT_PRODUCER_ID,
    apiVersion: WITH_EPOCH,
    apiName: 'InitProducerId',
    // It begins with the tags that end a header of the flexible kind, which kafkajs does not write.
    encode: () =>
      Promise.resolve(
        newEncoder()
          .writeUVarInt(0)
          .writeUVarIntString(transactionalId)
          .writeInt32(timeoutMs)
          .writeInt64(before.producerId)
          .writeInt16(before.epoch)
          .writeUVarInt(0),
      ),
  };
  const response = {
    decode: (bytes: Buffer) => {
      const decoder = newDecoder(bytes);
      decoder.readUVarInt(); // tags of the header: none
      decoder.readInt32(); // throttle time
      const error = decoder.readInt16();
      return Promise.resolve({
        error,
        producerId: decoder.readInt64().toString(),
        epoch: decoder.readInt16(),
      });
    },
    parse: (data: ProducerEpoch & { readonly error: number }) => Promise.resolve(data),
  };
  const { error, producerId, epoch } = (await broker.connectionPool.send({
    request,
    response,
    logResponseError: false,
  })) as ProducerEpoch & { error: number };
  // kafkajs asks in versions that have another code for this.
  if (error === PRODUCER_FENCED)
    throw Object.assign(new Error('another producer has the id'), { type: 'PRODUCER_FENCED' });
  if (error !== 0) throw inside<KafkajsErrors>('protocol/error').createErrorFromCode(error);
  return { producerId, epoch };
}

import { askFeatures } from './kafka-features.ts';
import { errorOf, newDecoder, newEncoder, skipTags, type Encoder } from './kafka-protocol.ts';
import type { RequestBroker } from './kafka-topic-request.ts';

/**
 * Requests whose answers have an epoch. The versions of kafkajs cannot name the epoch before, or do
 * not return the new one.
 */

/** The producer that the requests of a transaction name. */
export interface ProducerEpoch {
  readonly producerId: string;
  readonly epoch: number;
}

export interface EpochBroker extends RequestBroker {
  readonly brokerAddress: string;
}

interface End {
  readonly transactionalId: string;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly transactionResult: boolean;
}

interface Answer extends ProducerEpoch {
  readonly error: number;
}

const INIT_PRODUCER_ID = 22;
/** The first version in which the request names the epoch before. */
const WITH_EPOCH = 3;
const END_TXN = 26;
/** The first version that raises the epoch and returns it. */
const RAISING = 5;
const FEATURE = 'transaction.version';
/** From this level of the feature on, clients must end their transactions in this way. */
const RAISING_LEVEL = 2;
const UNSUPPORTED_VERSION = 35;
const PRODUCER_FENCED = 90;

/** Addresses of brokers that claimed to raise the epoch, but did not. */
const distrusted = new Set<string>();

/**
 * Whether the broker raises the epoch in the end of each transaction, by the current state of its
 * cluster.
 */
export async function raisesEpochs(broker: EpochBroker): Promise<boolean> {
  if (distrusted.has(broker.brokerAddress)) return false;
  const features = await askFeatures(broker);
  if (features === undefined) return false;
  const { maxVersions, finalized } = features;
  return (
    (maxVersions.get(END_TXN) ?? -1) >= RAISING && (finalized.get(FEATURE) ?? 0) >= RAISING_LEVEL
  );
}

/**
 * Ends a transaction and returns the producer id and epoch for the next one. It is requested only
 * once, like any end: after an error it is not known whether the transaction has ended.
 */
export async function endWithEpoch(broker: EpochBroker, end: End): Promise<ProducerEpoch> {
  const { transactionalId, producerId, producerEpoch, transactionResult } = end;
  const of = { apiKey: END_TXN, apiVersion: RAISING, apiName: 'EndTxn' };
  const { error, ...next } = await ask(broker, of, (encoder) =>
    encoder
      .writeUVarIntString(transactionalId)
      .writeInt64(String(producerId))
      .writeInt16(producerEpoch!)
      .writeBoolean(transactionResult),
  );
  const unknown = error === 0 && next.epoch < 0;
  // The next producer of the id uses the other way.
  if (error === UNSUPPORTED_VERSION || unknown) distrusted.add(broker.brokerAddress);
  if (unknown) throw new Error('the broker ended a transaction without the epoch of the next');
  throwFor(error);
  return next;
}

export function canAskEpoch({ versions }: RequestBroker): boolean {
  const known = versions === null ? undefined : versions[INIT_PRODUCER_ID];
  return known !== undefined && known.maxVersion >= WITH_EPOCH;
}

/**
 * The next epoch. Throws the error of kafkajs if the broker rejects the request, for example
 * because another producer has the id.
 */
export async function askEpoch(
  broker: RequestBroker,
  transactionalId: string,
  timeoutMs: number,
  before: ProducerEpoch,
): Promise<ProducerEpoch> {
  const of = { apiKey: INIT_PRODUCER_ID, apiVersion: WITH_EPOCH, apiName: 'InitProducerId' };
  const { error, ...next } = await ask(broker, of, (encoder) =>
    encoder
      .writeUVarIntString(transactionalId)
      .writeInt32(timeoutMs)
      .writeInt64(before.producerId)
      .writeInt16(before.epoch),
  );
  throwFor(error);
  return next;
}

/** Both answers have the same form. */
async function ask(
  broker: RequestBroker,
  of: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string },
  encode: (encoder: Encoder) => Encoder,
): Promise<Answer> {
  // It starts with the tags at the end of a flexible header, which kafkajs does not write.
  const encoded = (): Encoder => encode(newEncoder().writeUVarInt(0)).writeUVarInt(0);
  const request = { ...of, encode: () => Promise.resolve(encoded()) };
  const response = {
    decode: (bytes: Buffer) => {
      const decoder = newDecoder(bytes);
      skipTags(decoder); // of the header
      return Promise.resolve({
        clientSideThrottleTime: decoder.readInt32(),
        error: decoder.readInt16(),
        producerId: decoder.readInt64().toString(),
        epoch: decoder.readInt16(),
      });
    },
    parse: ({ error, producerId, epoch }: Answer) => Promise.resolve({ error, producerId, epoch }),
  };
  return (await broker.connectionPool.send({
    request,
    response,
    logResponseError: false,
  })) as Answer;
}

function throwFor(error: number): void {
  // The versions that kafkajs requests have another code for this.
  if (error === PRODUCER_FENCED)
    throw Object.assign(new Error('another producer took over the transactional id'), {
      type: 'PRODUCER_FENCED',
    });
  if (error !== 0) throw errorOf(error);
}

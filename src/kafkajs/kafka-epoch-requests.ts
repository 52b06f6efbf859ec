import { askFeatures } from './kafka-features.ts';
import { inside } from './kafka-inside.ts';
import { newDecoder, newEncoder, skipTags, type Encoder } from './kafka-protocol.ts';
import type { RequestBroker } from './kafka-topic-request.ts';

/**
 * Requests that are answered with an epoch. kafkajs ends at versions that cannot say which one it
 * is to follow, or do not tell it.
 */

/** Who a transaction's requests say they are from. */
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

interface KafkajsErrors {
  createErrorFromCode(code: number): Error;
}

const INIT_PRODUCER_ID = 22;
/** The first version that says which epoch it is to follow. */
const WITH_EPOCH = 3;
const END_TXN = 26;
/** The first version that raises the epoch, and tells it. */
const RAISING = 5;
const FEATURE = 'transaction.version';
/** From this level of the feature on clients are to end their transactions so. */
const RAISING_LEVEL = 2;
const UNSUPPORTED_VERSION = 35;
const PRODUCER_FENCED = 90;

/** Brokers that said they would raise the epoch, and did not; by address. */
const distrusted = new Set<string>();

/** Whether the broker raises the epoch in the end of each transaction, as its cluster is now. */
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
 * Ends a transaction; answers who the next one is from. Asked for once, as any end is: what is thrown
 * leaves in doubt whether it has ended.
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
  // The next producer of the id does it the other way.
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
 * The epoch that follows one; throws kafkajs' error where the broker refuses, as where another
 * producer has the id.
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
  // It begins with the tags that end a header of the flexible kind, which kafkajs does not write.
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
  // kafkajs asks in versions that have another code for this.
  if (error === PRODUCER_FENCED)
    throw Object.assign(new Error('another producer took over the transactional id'), {
      type: 'PRODUCER_FENCED',
    });
  if (error !== 0) throw inside<KafkajsErrors>('protocol/error').createErrorFromCode(error);
}

import {
  each,
  newDecoder,
  newEncoder,
  skipTags,
  type Decoder,
  type Encoder,
} from './kafka-protocol.ts';
import type { RequestBroker } from './kafka-topic-request.ts';

/**
 * Requests that ask for permissions and change nothing. kafkajs has none of them: it does not ask
 * for operations, and does not know groups of the new protocol (KIP-848).
 */

const DESCRIBE_GROUPS = 15;
/** The first version that returns operations. */
const WITH_OPERATIONS = 3;
const END_TXN = 26;
const CONSUMER_GROUP_DESCRIBE = 69;
/** The value with which a broker says that it does not tell. */
const NOT_TOLD = -(2 ** 31);

interface Exchange<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly encode: (encoder: Encoder) => Encoder;
  readonly decode: (decoder: Decoder) => T;
}

async function exchange<T>(
  broker: RequestBroker,
  { encode, decode, ...of }: Exchange<T>,
): Promise<T> {
  const request = { ...of, encode: () => Promise.resolve(encode(newEncoder())) };
  // In an object, because kafkajs looks for a throttle time in the result.
  const read = (bytes: Buffer): Promise<{ value: T }> =>
    Promise.resolve({ value: decode(newDecoder(bytes)) });
  const response = { decode: read, parse: (data: { value: T }) => data };
  return ((await broker.connectionPool.send({ request, response })) as { value: T }).value;
}

function supports(broker: RequestBroker, apiKey: number, version: number): boolean {
  const known = broker.versions === null ? undefined : broker.versions[apiKey];
  return known !== undefined && known.maxVersion >= version;
}

/**
 * The error code of the broker (0: none), and the allowed operations as bits; undefined if it does
 * not tell.
 */
export interface GroupAccess {
  readonly error: number;
  readonly operations: number | undefined;
}

export async function askGroupAccess(
  broker: RequestBroker,
  groupId: string,
): Promise<GroupAccess | undefined> {
  if (!supports(broker, DESCRIBE_GROUPS, WITH_OPERATIONS)) return undefined;
  return exchange(broker, {
    apiKey: DESCRIBE_GROUPS,
    apiVersion: WITH_OPERATIONS,
    apiName: 'DescribeGroups',
    encode: (encoder) => encoder.writeInt32(1).writeString(groupId).writeBoolean(true),
    decode: (decoder) => {
      decoder.readInt32(); // throttle time
      decoder.readInt32(); // one group
      const error = decoder.readInt16();
      for (let i = 0; i < 4; i++) decoder.readString(); // group, state, protocol type, protocol
      for (let left = decoder.readInt32(); left > 0; left--) {
        for (let i = 0; i < 3; i++) decoder.readString(); // member, client, host
        for (let i = 0; i < 2; i++) decoder.readBytes(); // metadata, assignment
      }
      const operations = decoder.readInt32();
      return { error, operations: operations === NOT_TOLD ? undefined : operations };
    },
  });
}

/** A group of the new protocol. */
export interface NewGroup {
  readonly state: string;
  readonly assignor: string;
  readonly clients: readonly string[];
}

/** Undefined if there is no group with this id and the new protocol. */
export async function askNewGroup(
  broker: RequestBroker,
  groupId: string,
): Promise<NewGroup | undefined> {
  if (!supports(broker, CONSUMER_GROUP_DESCRIBE, 0)) return undefined;
  return exchange(broker, {
    apiKey: CONSUMER_GROUP_DESCRIBE,
    apiVersion: 0,
    apiName: 'ConsumerGroupDescribe',
    // It starts with the tags at the end of a flexible header, which kafkajs does not write.
    encode: (encoder) =>
      encoder
        .writeUVarInt(0)
        .writeUVarInt(2)
        .writeUVarIntString(groupId)
        .writeBoolean(false)
        .writeUVarInt(0),
    decode: decodeNewGroup,
  });
}

function decodeNewGroup(decoder: Decoder): NewGroup | undefined {
  skipTags(decoder); // of the header
  decoder.readInt32(); // throttle time
  decoder.readUVarInt(); // one group
  const error = decoder.readInt16();
  decoder.readUVarIntString(); // what the error is
  decoder.readUVarIntString(); // group
  const state = decoder.readUVarIntString() ?? '';
  decoder.readInt32(); // epoch
  decoder.readInt32(); // epoch of the assignment
  const assignor = decoder.readUVarIntString() ?? '';
  const clients: string[] = [];
  each(decoder, () => {
    for (let i = 0; i < 3; i++) decoder.readUVarIntString(); // member, instance, rack
    decoder.readInt32(); // epoch
    clients.push(decoder.readUVarIntString() ?? '');
    decoder.readUVarIntString(); // host
    each(decoder, () => decoder.readUVarIntString()); // topics subscribed
    decoder.readUVarIntString(); // their pattern
    for (let i = 0; i < 2; i++) skipAssignment(decoder); // what it has, and what it is to have
    skipTags(decoder);
  });
  return error === 0 ? { state, assignor, clients } : undefined;
}

const ID_BYTES = 16;

function skipAssignment(decoder: Decoder): void {
  each(decoder, () => {
    decoder.forward(ID_BYTES);
    decoder.readUVarIntString(); // topic
    each(decoder, () => decoder.readInt32());
    skipTags(decoder);
  });
  skipTags(decoder);
}

/**
 * The error code of the broker for the end of an impossible transaction: no producer has the id -1.
 * The broker checks the permission to write first, so any error other than a denial means that it
 * is granted.
 */
export async function askTransactionalId(
  broker: RequestBroker,
  transactionalId: string,
): Promise<number> {
  return exchange(broker, {
    apiKey: END_TXN,
    apiVersion: 0,
    apiName: 'EndTxn',
    encode: (encoder) =>
      encoder.writeString(transactionalId).writeInt64(-1).writeInt16(-1).writeBoolean(false),
    decode: (decoder) => {
      decoder.readInt32(); // throttle time
      return decoder.readInt16();
    },
  });
}

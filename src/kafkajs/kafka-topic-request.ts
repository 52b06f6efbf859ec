import {
  each,
  newDecoder,
  newEncoder,
  skipTags,
  type Decoder,
  type Encoder,
} from './kafka-protocol.ts';

/** The current state of a topic on a broker. */
export interface TopicSeen {
  /** Undefined if the broker is too old to tell. */
  readonly id: string | undefined;
  readonly partitions: readonly number[];
  /** The broker does not show it, whether it exists or not. */
  readonly denied: boolean;
  /**
   * The allowed operations as bits; undefined if they were not requested, or the broker does not
   * tell.
   */
  readonly operations?: number | undefined;
}

/** A broker of kafkajs, with the functions that our own requests need. */
export interface RequestBroker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send(request: unknown): Promise<unknown> };
  metadata(
    topics: readonly string[],
  ): Promise<{ topicMetadata: { topic: string; partitionMetadata: { partitionId: number }[] }[] }>;
}

const METADATA = 3;
/** The first version that returns ids; kafkajs ends at version 6. */
const WITH_IDS = 10;
const ID_BYTES = 16;
const DENIED = 29;
/** The value with which a broker says that it does not tell the operations. */
const NOT_TOLD = -(2 ** 31);
/** Errors that mean that the topic does not exist. */
const MISSING = new Set([3, 100]);

/**
 * What a broker knows about these topics, without those that do not exist. Unlike the request of
 * kafkajs, it returns ids, and one missing topic does not hide the others.
 */
export async function askTopics(
  broker: RequestBroker,
  topics: readonly string[],
  operations = false,
): Promise<Map<string, TopicSeen>> {
  if (topics.length === 0) return new Map();
  const known = broker.versions === null ? undefined : broker.versions[METADATA];
  if (known === undefined || known.maxVersion < WITH_IDS) return askWithoutIds(broker, topics);
  const seen = await broker.connectionPool.send({
    request: {
      apiKey: METADATA,
      apiVersion: WITH_IDS,
      apiName: 'Metadata',
      encode: () => Promise.resolve(encodeRequest(topics, operations)),
    },
    response: {
      decode: (bytes: Buffer) => Promise.resolve(decodeResponse(bytes)),
      parse: (data: unknown) => data,
    },
  });
  return (seen as { topics: Map<string, TopicSeen> }).topics;
}

/**
 * Requests all topics: if they were requested by name, one missing topic would fail the whole
 * answer.
 */
async function askWithoutIds(
  broker: RequestBroker,
  topics: readonly string[],
): Promise<Map<string, TopicSeen>> {
  const { topicMetadata } = await broker.metadata([]);
  const wanted = topicMetadata.filter(({ topic }) => topics.includes(topic));
  return new Map(
    wanted.map(({ topic, partitionMetadata }) => [
      topic,
      {
        id: undefined,
        partitions: partitionMetadata.map(({ partitionId }) => partitionId),
        denied: false,
      },
    ]),
  );
}

/**
 * Metadata v10. It starts with the tags at the end of a flexible header, which kafkajs does not
 * write.
 */
function encodeRequest(topics: readonly string[], operations: boolean): Encoder {
  const encoder = newEncoder()
    .writeUVarInt(0)
    .writeUVarInt(topics.length + 1);
  for (const topic of topics)
    encoder.writeBuffer(Buffer.alloc(ID_BYTES)).writeUVarIntString(topic).writeUVarInt(0);
  // The request does not create topics and does not ask for operations on the cluster.
  return encoder.writeBoolean(false).writeBoolean(false).writeBoolean(operations).writeUVarInt(0);
}

function decodeResponse(bytes: Buffer): { topics: Map<string, TopicSeen> } {
  const decoder = newDecoder(bytes);
  skipTags(decoder); // of the header
  decoder.readInt32(); // throttle time
  each(decoder, () => {
    decoder.readInt32(); // node
    decoder.readUVarIntString(); // host
    decoder.readInt32(); // port
    decoder.readUVarIntString(); // rack
    skipTags(decoder);
  });
  decoder.readUVarIntString(); // cluster
  decoder.readInt32(); // controller
  const topics = new Map<string, TopicSeen>();
  each(decoder, () => {
    const error = decoder.readInt16();
    const name = decoder.readUVarIntString();
    const id = decoder.readBytes(ID_BYTES);
    decoder.readInt8(); // internal
    const partitions: number[] = [];
    each(decoder, () => partitions.push(readPartition(decoder)));
    const bits = decoder.readInt32();
    skipTags(decoder);
    if (name === null || MISSING.has(error)) return;
    const known = id.some((byte) => byte !== 0);
    const operations = bits === NOT_TOLD ? {} : { operations: bits };
    topics.set(name, {
      id: known ? id.toString('base64url') : undefined,
      partitions,
      denied: error === DENIED,
      ...operations,
    });
  });
  return { topics };
}

function readPartition(decoder: Decoder): number {
  decoder.readInt16(); // error
  const partition = decoder.readInt32();
  decoder.readInt32(); // leader
  decoder.readInt32(); // leader epoch
  // replicas, in sync, offline
  for (let i = 0; i < 3; i++) each(decoder, () => decoder.readInt32());
  skipTags(decoder);
  return partition;
}

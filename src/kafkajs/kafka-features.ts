import { inside, installedVersion } from './kafka-inside.ts';
import { each, newDecoder, newEncoder, skipTags, type Decoder } from './kafka-protocol.ts';
import type { RequestBroker } from './kafka-topic-request.ts';

/** What a broker can do, and what its cluster has agreed on. */
export interface Features {
  /** The highest version of each request that the broker knows, by the request's key. */
  readonly maxVersions: ReadonlyMap<number, number>;
  /** The level of each feature that all brokers have. */
  readonly finalized: ReadonlyMap<string, number>;
}

interface KafkajsErrors {
  createErrorFromCode(code: number): Error;
}

const API_VERSIONS = 18;
/** The first version that tells features; kafkajs ends at 2. */
const WITH_FEATURES = 3;
const UNSUPPORTED_VERSION = 35;
/** The tag of the features that are finalized. */
const FINALIZED = 2;

/**
 * Asks this broker itself; kafkajs knows the versions of the one that it asked first. Undefined
 * where the broker is too old to tell.
 */
export async function askFeatures(broker: RequestBroker): Promise<Features | undefined> {
  const known = broker.versions === null ? undefined : broker.versions[API_VERSIONS];
  if (known === undefined || known.maxVersion < WITH_FEATURES) return undefined;
  const request = {
    apiKey: API_VERSIONS,
    apiVersion: WITH_FEATURES,
    apiName: 'ApiVersions',
    // It begins with the tags that end a header of the flexible kind, which kafkajs does not write.
    encode: () =>
      Promise.resolve(
        newEncoder()
          .writeUVarInt(0)
          .writeUVarIntString('kafkajs')
          .writeUVarIntString(installedVersion() ?? 'unknown')
          .writeUVarInt(0),
      ),
  };
  const response = {
    decode: (bytes: Buffer) => Promise.resolve({ told: decodeFeatures(newDecoder(bytes)) }),
    parse: (data: { told: Features | undefined }) => data,
  };
  const answer = await broker.connectionPool.send({ request, response, logResponseError: false });
  return (answer as { told: Features | undefined }).told;
}

/**
 * The header of this answer has no tags, whatever the version: it may be of a broker that did not
 * know it.
 */
function decodeFeatures(decoder: Decoder): Features | undefined {
  const error = decoder.readInt16();
  if (error === UNSUPPORTED_VERSION) return undefined; // the rest is in the oldest version
  if (error !== 0) throw inside<KafkajsErrors>('protocol/error').createErrorFromCode(error);
  const maxVersions = new Map<number, number>();
  each(decoder, () => {
    const key = decoder.readInt16();
    decoder.readInt16(); // the lowest
    maxVersions.set(key, decoder.readInt16());
    skipTags(decoder);
  });
  decoder.readInt32(); // throttle time
  const finalized = new Map<string, number>();
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    const tag = decoder.readUVarInt();
    const bytes = decoder.readBytes(decoder.readUVarInt());
    if (tag === FINALIZED) readFinalized(newDecoder(bytes), finalized);
  }
  return { maxVersions, finalized };
}

function readFinalized(decoder: Decoder, finalized: Map<string, number>): void {
  each(decoder, () => {
    finalized.set(decoder.readUVarIntString() ?? '', decoder.readInt16());
    decoder.readInt16(); // the lowest level
    skipTags(decoder);
  });
}

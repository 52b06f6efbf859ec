import { installedVersion } from './kafka-inside.ts';
import { each, errorOf, newDecoder, newEncoder, skipTags, type Decoder } from './kafka-protocol.ts';
import type { RequestBroker } from './kafka-topic-request.ts';

/** The abilities of a broker, and the features that its cluster has finalized. */
export interface Features {
  /** The highest version of each request that the broker supports, by the key of the request. */
  readonly maxVersions: ReadonlyMap<number, number>;
  /** The finalized level of each feature. */
  readonly finalized: ReadonlyMap<string, number>;
}

const API_VERSIONS = 18;
/** The first version that returns features; kafkajs ends at version 2. */
const WITH_FEATURES = 3;
const UNSUPPORTED_VERSION = 35;
/** The tag of the finalized features. */
const FINALIZED = 2;

/**
 * Asks this broker itself, because kafkajs only knows the versions of the first broker that it
 * asked. Undefined if the broker is too old.
 */
export async function askFeatures(broker: RequestBroker): Promise<Features | undefined> {
  const known = broker.versions === null ? undefined : broker.versions[API_VERSIONS];
  if (known === undefined || known.maxVersion < WITH_FEATURES) return undefined;
  const request = {
    apiKey: API_VERSIONS,
    apiVersion: WITH_FEATURES,
    apiName: 'ApiVersions',
    // It starts with the tags at the end of a flexible header, which kafkajs does not write.
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

/** The header of this answer never has tags, because an old broker may send it. */
function decodeFeatures(decoder: Decoder): Features | undefined {
  const error = decoder.readInt16();
  if (error === UNSUPPORTED_VERSION) return undefined; // the rest has the format of the oldest version
  if (error !== 0) throw errorOf(error);
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

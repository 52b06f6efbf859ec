import { createRequire } from 'node:module';
import type { Logger } from '../../observe/logger.ts';
import { FetchedRecords } from './fetched-records.ts';
import { hideAborted, type AbortedTransaction } from './hide-aborted.ts';
import { readRecordBatches } from './record-batches.ts';

/** The only version whose inside this file knows. */
const KNOWN_VERSION = '2.2.4';
const MAGIC_AT = 16;
const MAGIC = 2;

interface Decoder {
  readonly buffer: Buffer;
  readonly offset: number;
  canReadBytes(count: number): boolean;
  readInt32(): number;
  readBytes(count: number): Buffer;
}

type DecodeMessages = (decoder: Decoder) => Promise<unknown[]>;

interface Compression {
  lookupCodec(type: number): { decompress(bytes: Buffer): Promise<Buffer> } | null;
}

interface FetchedPartition {
  abortedTransactions?: readonly AbortedTransaction[] | null;
  readonly messages: unknown;
}

interface Broker {
  fetch(request: unknown): Promise<{ readonly responses: readonly { readonly partitions: FetchedPartition[] }[] }>;
}

let done = false;

/**
 * Reads fetched records flat, under kafkajs' own fetch: its decoder makes some ten objects a record, its spread of a
 * batch's records ends the consumer where there are more than about 120,000, and its filter of aborted records errs
 * (`hide-aborted.ts`). Any other version of kafkajs is left alone.
 */
export function installFlatFetch(logger: Logger): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== KNOWN_VERSION) {
    logger.warn(
      { version, known: KNOWN_VERSION },
      'kafkajs has another version than the flat reader knows; its own is used',
    );
    return;
  }
  // All versions of the response from 4 to 11 build on this module, and load it at the first fetch.
  const path = require.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages');
  const original = require(path) as DecodeMessages;
  const compression = require('kafkajs/src/protocol/message/compression') as Compression;
  require.cache[path]!.exports = flat(original, compression);
  hideAbortedIn((require('kafkajs/src/broker') as { prototype: Broker }).prototype);
}

/** Separate, so that a test can read without kafkajs' loader. */
export function flat(original: DecodeMessages, compression: Compression): DecodeMessages {
  return async (decoder) => {
    const { buffer, offset } = decoder;
    const size = decoder.canReadBytes(4) ? buffer.readInt32BE(offset) : 0;
    const ours = size > 0 && decoder.canReadBytes(4 + size);
    // A beginning too short to tell its format is cut off in any.
    const magic = size > MAGIC_AT ? buffer[offset + 4 + MAGIC_AT] : MAGIC;
    if (!ours || magic !== MAGIC) return original(decoder);
    decoder.readInt32();
    return readRecordBatches(decoder.readBytes(size), (codec, records) => {
      const found = compression.lookupCodec(codec);
      if (found === null) throw new Error(`a fetched record batch is compressed with codec ${codec}, which is unknown`);
      return found.decompress(records);
    });
  };
}

/** Separate, so that a test can patch a broker of its own making. */
export function hideAbortedIn(prototype: Broker): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the broker as `this` below
  const { fetch } = prototype;
  prototype.fetch = async function fetchVisible(this: Broker, request) {
    const response = await fetch.call(this, request);
    for (const { partitions } of response.responses) {
      for (const partition of partitions) {
        const { abortedTransactions, messages } = partition;
        if (!(messages instanceof FetchedRecords) || !abortedTransactions?.length) continue;
        hideAborted(messages, abortedTransactions);
        partition.abortedTransactions = [];
      }
    }
    return response;
  };
}

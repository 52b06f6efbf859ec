import { decompressWithin } from '../kafka-codecs.ts';
import { inside, replaceInside } from '../kafka-inside.ts';
import type { Patch } from '../patch.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import { DEFAULT_LIMITS, type FetchLimits } from './fetch-limits.ts';
import { hideAborted, type AbortedTransaction } from './hide-aborted.ts';
import { FetchedRecords } from './fetched-records.ts';
import { PartitionPauses } from './partition-pauses.ts';
import { readRecordBatches, type Decompress } from './record-batches.ts';

const MAGIC_AT = 16;
const MAGIC = 2;

interface Decoder {
  readonly buffer: Buffer;
  readonly offset: number;
  canReadBytes(count: number): boolean;
  readInt32(): number;
  readBytes(count: number): Buffer;
}

type DecodeMessages = (decoder: Decoder) => Promise<unknown>;

interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  abortedTransactions?: readonly AbortedTransaction[] | null;
  messages: unknown;
}

interface FetchRequest {
  readonly maxWaitTime?: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string | number;
    }[];
  }[];
}

interface Broker {
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: FetchedPartition[];
    }[];
  }>;
}

/** The unread record batches of a partition. They are read once their first offset is known. */
export class RawBatches {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/**
 * The position from which a partition was read, and its end at that time. Called for each answer,
 * also without records.
 */
export type OnEnd = (at: { topic: string; partition: number }, from: bigint, end: bigint) => void;

/** A batch that cannot be read; undefined: the partition continues. */
export type OnCorrupt = (
  at: { topic: string; partition: number },
  batch: CorruptBatch | undefined,
) => void;

const listeners = new Set<OnEnd>();
const corruptListeners = new Set<OnCorrupt>();
/** Used if the request does not say how long it waits for records. */
const WAIT_MS = 250;
let limits = DEFAULT_LIMITS;

/**
 * From now on the listener is called with the ends of partitions. Returns a function that stops
 * this. kafkajs only reports partitions with records.
 */
export function onPartitionEnd(listener: OnEnd): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * From now on the listener is called for partitions that wait at a corrupt batch. Returns a
 * function that stops this.
 */
export function onPartitionCorrupt(listener: OnCorrupt): () => void {
  corruptListeners.add(listener);
  return () => {
    corruptListeners.delete(listener);
  };
}

/** From now on no more than this of the fetched data is decompressed. */
export function limitFetches(wanted: FetchLimits): void {
  limits = wanted;
}

/**
 * Needed for the guarantee. Reads fetched records flat, below the fetch of kafkajs. The filter of
 * kafkajs for aborted records has an error (`hide-aborted.ts`), so records of aborted transactions
 * would be scored. kafkajs also spreads the records of a batch into arguments, which ends the
 * consumer above about 120,000 of them; its decoder creates some ten objects per record; and it
 * decompresses a batch whatever its size.
 */
export const fetchPatch: Patch = {
  about: 'records of aborted transactions',
  neededFor: 'guarantee',
  install: () => {
    // All versions of the response from 4 to 11 use this module, and load it at the first fetch.
    replaceInside<DecodeMessages>('protocol/requests/fetch/v4/decodeMessages', flat);
    const { prototype } = inside<{ prototype: Broker }>('broker');
    readWithin(prototype, decompressWithin, () => limits);
  },
};

/** A separate function, so a test can read without the loader of kafkajs. */
export function flat(original: DecodeMessages): DecodeMessages {
  return async (decoder) => {
    const { buffer, offset } = decoder;
    const size = decoder.canReadBytes(4) ? buffer.readInt32BE(offset) : 0;
    const ours = size > 0 && decoder.canReadBytes(4 + size);
    // The start of a batch that is too short to show its format is an incomplete batch in any
    // format.
    const magic = size > MAGIC_AT ? buffer[offset + 4 + MAGIC_AT] : MAGIC;
    if (!ours || magic !== MAGIC) return original(decoder);
    decoder.readInt32();
    return new RawBatches(decoder.readBytes(size));
  };
}

/** A separate function, so a test can patch its own broker. */
export function readWithin(
  prototype: Broker,
  decompress: Decompress,
  limitsNow: () => FetchLimits,
  pauses = new PartitionPauses(),
): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the broker as `this` below
  const { fetch } = prototype;
  prototype.fetch = async function fetchFlat(this: Broker, whole) {
    const request = await pauses.without(whole, whole.maxWaitTime ?? WAIT_MS);
    if (request === undefined) return { responses: [] };
    const response = await fetch.call(this, request);
    const asked = new Map<string, string | number>();
    for (const { topic, partitions } of request.topics) {
      for (const { partition, fetchOffset } of partitions)
        asked.set(`${topic}/${partition}`, fetchOffset);
    }
    for (const { topicName: topic, partitions } of response.responses) {
      for (const of of partitions) {
        const key = `${topic}/${of.partition}`;
        const from = asked.get(key) ?? 0;
        const at = { topic, partition: of.partition };
        const corrupt = await read(of, Number(from), decompress, limitsNow());
        if (corrupt !== undefined) pauses.pause(key);
        if (corrupt !== undefined || pauses.goOn(key))
          for (const listener of corruptListeners) listener(at, corrupt);
        const end = BigInt(of.highWatermark);
        if (end >= 0n) for (const listener of listeners) listener(at, BigInt(from), end);
      }
    }
    return response;
  };
}

/** Returns the batch that cannot be read, if nothing of the partition comes before it. */
async function read(
  of: FetchedPartition,
  from: number,
  decompress: Decompress,
  within: FetchLimits,
): Promise<CorruptBatch | undefined> {
  if (!(of.messages instanceof RawBatches)) return undefined;
  let records = new FetchedRecords();
  let corrupt: CorruptBatch | undefined;
  try {
    records = await readRecordBatches(of.messages.bytes, { decompress, limits: within, from });
  } catch (error) {
    if (!(error instanceof CorruptBatch)) throw error;
    corrupt = error;
  }
  of.messages = records;
  const { abortedTransactions } = of;
  if (!abortedTransactions?.length) return corrupt;
  hideAborted(records, abortedTransactions);
  of.abortedTransactions = [];
  return corrupt;
}

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

/**
 * The record batches of a partition as they came. They are read once it is known from which offset
 * on.
 */
export class RawBatches {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/**
 * Where a partition was read from, and its end then; told of each answer, also where it has no
 * records.
 */
export type OnEnd = (at: { topic: string; partition: number }, from: bigint, end: bigint) => void;

/** A batch that was not to be read; undefined: the partition goes on. */
export type OnCorrupt = (
  at: { topic: string; partition: number },
  batch: CorruptBatch | undefined,
) => void;

const listeners = new Set<OnEnd>();
const corruptListeners = new Set<OnCorrupt>();
/** Where the request does not say how long it waits for records. */
const WAIT_MS = 250;
let limits = DEFAULT_LIMITS;

/**
 * From now on the listener hears of the ends of partitions; answers how it stops. kafkajs tells of
 * those with records alone.
 */
export function onPartitionEnd(listener: OnEnd): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/**
 * From now on the listener hears of partitions that wait at a corrupt batch; answers how it stops.
 */
export function onPartitionCorrupt(listener: OnCorrupt): () => void {
  corruptListeners.add(listener);
  return () => {
    corruptListeners.delete(listener);
  };
}

/** From now on no more than this of what is fetched is unpacked. */
export function limitFetches(wanted: FetchLimits): void {
  limits = wanted;
}

/**
 * Needed for the guarantee. Reads fetched records flat, under kafkajs' own fetch: its filter of
 * aborted records errs (`hide-aborted.ts`), so that records of aborted transactions would be
 * scored. Its spread of a batch's records ends the consumer where there are more than about
 * 120,000, its decoder makes some ten objects a record, and it unpacks whatever a batch unpacks to.
 */
export const fetchPatch: Patch = {
  about: 'records of aborted transactions',
  neededFor: 'guarantee',
  install: () => {
    // All versions of the response from 4 to 11 build on this module, and load it at the first
    // fetch.
    replaceInside<DecodeMessages>('protocol/requests/fetch/v4/decodeMessages', flat);
    const { prototype } = inside<{ prototype: Broker }>('broker');
    readWithin(prototype, decompressWithin, () => limits);
  },
};

/** Separate, so that a test can read without kafkajs' loader. */
export function flat(original: DecodeMessages): DecodeMessages {
  return async (decoder) => {
    const { buffer, offset } = decoder;
    const size = decoder.canReadBytes(4) ? buffer.readInt32BE(offset) : 0;
    const ours = size > 0 && decoder.canReadBytes(4 + size);
    // A beginning too short to tell its format is cut off in any.
    const magic = size > MAGIC_AT ? buffer[offset + 4 + MAGIC_AT] : MAGIC;
    if (!ours || magic !== MAGIC) return original(decoder);
    decoder.readInt32();
    return new RawBatches(decoder.readBytes(size));
  };
}

/** Separate, so that a test can patch a broker of its own making. */
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

/** Answers the batch that stands in the way, if the partition has nothing before it. */
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

import { inside, replaceInside } from '../kafka-inside.ts';
import type { Patch } from '../patch.ts';
import { OnePartition } from './one-partition.ts';
import { encodeRecordBatch } from './record-batch.ts';

interface ProduceArguments {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null | undefined;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      readonly messages: unknown;
    }[];
  }[];
}

interface ProduceRequest {
  encode: () => Promise<unknown>;
}

type MakeRequest = (of: ProduceArguments) => ProduceRequest;

interface Compression {
  lookupCodec(type: number): { compress(encoder: { readonly buffer: Buffer }): Promise<Buffer> };
}

let installed = false;

/** Whether sends of `OnePartition` use the flat encoder. */
export const isFlat = (): boolean => installed;

/**
 * Needed for speed. Adds a flat encoder to the produce request of kafkajs, where building a record
 * batch takes 2.2 µs per record and causes most of the garbage of a stream. Connections, metadata,
 * retries, transactions and sequences stay those of kafkajs. Only messages in a `OnePartition` are
 * encoded here.
 */
export const producePatch: Patch = {
  about: 'record batches are built record by record',
  neededFor: 'speed',
  install: () => {
    const compression = inside<Compression>('protocol/message/compression');
    // All versions of the request from 3 to 7 use this module, and load it at the first send.
    replaceInside<MakeRequest>('protocol/requests/produce/v3/request', (original) => (of) => {
      const request = original(of);
      const encodeFlat = flat(of, compression);
      return encodeFlat === undefined ? request : { ...request, encode: encodeFlat };
    });
    installed = true;
  },
};

function flat(
  of: ProduceArguments,
  compressions: Compression,
): ProduceRequest['encode'] | undefined {
  const {
    acks,
    timeout,
    transactionalId = null,
    producerId = -1,
    producerEpoch = 0,
    compression = 0,
    topicData,
  } = of;
  const [data, ...others] = topicData;
  const [part, ...more] = data?.partitions ?? [];
  if (data === undefined || part === undefined || others.length + more.length > 0) return undefined;
  const { messages } = part;
  if (!(messages instanceof OnePartition)) return undefined;
  return async () => {
    const batch = await encodeRecordBatch(messages, {
      timestamp: Date.now(),
      producerId: BigInt(String(producerId)),
      producerEpoch,
      firstSequence: part.firstSequence ?? 0,
      transactional: transactionalId !== null,
      codec: compression & 7,
      compress: (buffer) => compressions.lookupCodec(compression).compress({ buffer }),
    });
    const buffer = Buffer.concat([
      head({ acks, timeout, transactionalId }, data.topic, part.partition, batch.length),
      batch,
    ]);
    return { buf: buffer, buffer }; // the part of an Encoder that its reader uses
  };
}

/** Everything of a produce request (version 3 and later) before its one record batch. */
function head(
  {
    acks,
    timeout,
    transactionalId,
  }: { acks: number; timeout: number; transactionalId: string | null },
  topic: string,
  partition: number,
  batchBytes: number,
): Buffer {
  const id = transactionalId === null ? null : Buffer.from(transactionalId);
  const name = Buffer.from(topic);
  const bytes = Buffer.alloc(2 + (id?.length ?? 0) + 2 + 4 + 4 + 2 + name.length + 4 + 4 + 4);
  let at = bytes.writeInt16BE(id?.length ?? -1, 0);
  if (id !== null) at += id.copy(bytes, at);
  at = bytes.writeInt16BE(acks, at);
  at = bytes.writeInt32BE(timeout, at);
  at = bytes.writeInt32BE(1, at); // topics
  at = bytes.writeInt16BE(name.length, at);
  at += name.copy(bytes, at);
  at = bytes.writeInt32BE(1, at); // partitions
  at = bytes.writeInt32BE(partition, at);
  bytes.writeInt32BE(batchBytes, at);
  return bytes;
}

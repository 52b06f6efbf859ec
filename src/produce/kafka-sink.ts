import kafkajs, { type CompressionTypes, type Kafka, type Message, type Producer, type ProducerConfig } from 'kafkajs';
import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { keyLength, valueLength } from '../flow/placed-record.ts';
import type { OutputRecord } from '../flow/record.ts';
import { KAFKA_RETRY } from '../runtime/kafka-client.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { isFlat } from '../runtime/send/kafka-flat-produce.ts';
import { OnePartition } from '../runtime/send/one-partition.ts';
import type { Refused, Sink } from './sink.ts';

export interface KafkaSinkOptions {
  readonly kafka: Kafka;
  readonly compression: CompressionTypes;
  readonly overrides?: Partial<ProducerConfig> | undefined;
}

/** kafkajs groups the messages of a send in quadratic time; beyond a few hundred it dominates everything else. */
const SEND_RECORDS = 500;
/** With the flat encoder only the bytes count. */
const FLAT_SEND_RECORDS = 10_000;
/** Below the broker's default limit of about 1 MB a batch. */
const SEND_BYTES = 700_000;
const LEAST_SEND_BYTES = 1024;
const ALL_IN_SYNC_REPLICAS = -1;

/** Errors that are about the records themselves, so that sending the same again cannot help. */
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** What fits into one send, by topic; halved when the broker says a batch is too large. */
export type SendBytes = Map<string, number>;

/** Connects a producer for at-least-once and hands out the sink on it. */
export async function startKafkaSink(options: KafkaSinkOptions): Promise<Started<Sink>> {
  const producer = options.kafka.producer({
    ...options.overrides,
    retry: { ...KAFKA_RETRY, ...options.overrides?.retry, retries: 3 },
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const admin = options.kafka.admin({ retry: KAFKA_RETRY });
  await producer.connect();
  await admin.connect();
  const partitions = async (topic: string): Promise<number> => {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length ?? 0;
    } catch (error) {
      throw destinationError(error, topic);
    }
  };
  return {
    value: new KafkaSink(producer, options.compression, partitions),
    stop: async () => {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
  };
}

/** Writes with a kafkajs producer that is connected. Public for producers that others own (transactions). */
export class KafkaSink implements Sink {
  readonly #producer: Pick<Producer, 'send'>;
  readonly #compression: CompressionTypes;
  readonly #murmur2 = kafkajs.Partitioners.DefaultPartitioner();
  readonly partitions: Sink['partitions'];
  readonly #sendBytes: SendBytes;

  /** `sendBytes` is shared by sinks that come and go, so that none has to learn it anew. */
  constructor(
    producer: Pick<Producer, 'send'>,
    compression: CompressionTypes,
    partitions: Sink['partitions'],
    sendBytes: SendBytes = new Map(),
  ) {
    this.#producer = producer;
    this.#compression = compression;
    this.partitions = partitions;
    this.#sendBytes = sendBytes;
  }

  partitionOf(key: Buffer | null, partitions: number, otherwise: number): number {
    if (key === null) return otherwise % partitions;
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 0 }));
    return this.#murmur2({ topic: '', partitionMetadata: partitionMetadata as never, message: { key, value: null } });
  }

  async write(to: TopicPartition, records: readonly OutputRecord[]): Promise<readonly Refused[]> {
    const refused: Refused[] = [];
    for (let start = 0; start < records.length;) {
      const end = this.#fit(to.topic, records, start);
      await this.#send(to, records, start, end, refused);
      start = end;
    }
    return refused;
  }

  /** Where a send that begins at `start` ends: by count and by bytes, at least one record. */
  #fit(topic: string, records: readonly OutputRecord[], start: number): number {
    const most = Math.min(records.length, start + (isFlat() ? FLAT_SEND_RECORDS : SEND_RECORDS));
    let left = this.#sendBytes.get(topic) ?? SEND_BYTES;
    for (let i = start; i < most; i++) {
      left -= sizeOf(records[i]!);
      if (left < 0) return Math.max(i, start + 1);
    }
    return most;
  }

  /** Sends records[start, end); a batch the broker finds too large is halved until the record at fault stands alone. */
  async #send(
    to: TopicPartition,
    records: readonly OutputRecord[],
    start: number,
    end: number,
    refused: Refused[],
  ): Promise<void> {
    try {
      const written = await this.#producer.send({
        topic: to.topic,
        messages: isFlat() ? flatMessages(to, records, start, end) : plainMessages(to, records, start, end),
        acks: ALL_IN_SYNC_REPLICAS,
        compression: this.#compression,
      });
      // A send can resolve without having written when a leader moves; only the answer of the partition counts.
      const answer = written.find(({ topicName, partition }) => topicName === to.topic && partition === to.partition);
      if (answer?.errorCode !== 0) {
        throw new ScorerError({
          code: 'DESTINATION_UNAVAILABLE',
          what: `no acknowledgement for ${to.topic}-${to.partition}`,
        });
      }
    } catch (error) {
      const type = typeOf(error);
      if (type === undefined || !REFUSED.has(type)) throw destinationError(error, to.topic);
      if (end - start === 1) {
        refused.push({ index: start, reason: `the broker refuses the record: ${type}` });
        return;
      }
      if (type !== 'INVALID_RECORD') this.#shrink(to.topic, records, start, end);
      const middle = (start + end) >>> 1;
      await this.#send(to, records, start, middle, refused);
      await this.#send(to, records, middle, end, refused);
    }
  }

  /**
   * Never below half of what was refused: one record too large, however deep it is looked for, leaves room for as much as
   * fits.
   */
  #shrink(topic: string, records: readonly OutputRecord[], start: number, end: number): void {
    let bytes = 0;
    for (let i = start; i < end; i++) bytes += sizeOf(records[i]!);
    const now = this.#sendBytes.get(topic) ?? SEND_BYTES;
    this.#sendBytes.set(topic, Math.min(now, Math.max(bytes >>> 1, LEAST_SEND_BYTES)));
  }
}

function sizeOf(record: OutputRecord): number {
  return Math.max(keyLength(record), 0) + Math.max(valueLength(record), 0);
}

/** The broker's name for an error; kafkajs wraps it without the name when its own retries have ended. */
function typeOf(error: unknown): string | undefined {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  return type ?? cause?.type;
}

type Slice = [to: TopicPartition, records: readonly OutputRecord[], start: number, end: number];

function flatMessages(...[{ partition }, records, start, end]: Slice): Message[] {
  return OnePartition.slice(records, start, end, partition) as unknown as Message[];
}

function plainMessages(...[{ partition }, records, start, end]: Slice): Message[] {
  return records
    .slice(start, end)
    .map(({ key, value, headers }) => ({ key, value, partition, headers: headers as Message['headers'] & object }));
}

/** What a client's error means for records on their way out. */
export function destinationError(error: unknown, topic: string): ScorerError {
  if (error instanceof ScorerError) return error;
  const { message } = error as Error;
  if (typeOf(error)?.endsWith('AUTHORIZATION_FAILED') === true) {
    return new ScorerError(
      { code: 'KAFKA_DENIED', what: `writing was denied: ${message}`, where: topic },
      { cause: error },
    );
  }
  return new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what: message, where: topic }, { cause: error });
}

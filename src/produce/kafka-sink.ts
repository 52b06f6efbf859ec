import kafkajs, {
  type CompressionTypes,
  type Kafka,
  type Message,
  type Producer,
  type ProducerConfig,
} from 'kafkajs';
import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { headersInOrder } from '../flow/headers.ts';
import { keyLength, valueLength } from '../flow/record-view.ts';
import type { OutputRecord } from '../flow/record.ts';
import { KAFKA_RETRY } from '../kafkajs/kafka-client.ts';
import { isDenial, typeOf } from '../kafkajs/kafka-errors.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { knownPartitions } from '../kafkajs/send/kafka-known-partitions.ts';
import { isFlat } from '../kafkajs/send/kafka-produce-patch.ts';
import { OnePartition } from '../kafkajs/send/one-partition.ts';
import { SendLimits } from './send-limits.ts';
import type { Refused, Sink } from './sink.ts';

export interface KafkaSinkOptions {
  readonly kafka: Kafka;
  readonly compression: CompressionTypes;
  readonly overrides?: Partial<ProducerConfig> | undefined;
}

/**
 * kafkajs groups the messages of a send in quadratic time. Beyond a few hundred this dominates
 * everything else.
 */
const SEND_RECORDS = 500;
/** With the flat encoder only the bytes count. */
const FLAT_SEND_RECORDS = 10_000;
const ALL_IN_SYNC_REPLICAS = -1;

/** Errors about the records themselves: sending the same records again cannot help. */
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** Connects a producer for at-least-once and creates the sink on it. */
export async function startKafkaSink(options: KafkaSinkOptions): Promise<Started<Sink>> {
  const producer = options.kafka.producer({
    ...options.overrides,
    retry: { ...KAFKA_RETRY, ...options.overrides?.retry, retries: 3 },
    allowAutoTopicCreation: false,
    createPartitioner: knownPartitions,
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

/**
 * Writes with a connected kafkajs producer. Public for producers that others own (transactions).
 */
export class KafkaSink implements Sink {
  readonly #producer: Pick<Producer, 'send'>;
  readonly #compression: CompressionTypes;
  readonly #murmur2 = kafkajs.Partitioners.DefaultPartitioner();
  readonly partitions: Sink['partitions'];
  readonly #sendLimits: SendLimits;

  constructor(
    producer: Pick<Producer, 'send'>,
    compression: CompressionTypes,
    partitions: Sink['partitions'],
    sendLimits = new SendLimits(),
  ) {
    this.#producer = producer;
    this.#compression = compression;
    this.partitions = partitions;
    this.#sendLimits = sendLimits;
  }

  partitionOf(key: Buffer | null, partitions: number, otherwise: number): number {
    if (key === null) return otherwise % partitions;
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      leader: 0,
    }));
    return this.#murmur2({
      topic: '',
      partitionMetadata: partitionMetadata as never,
      message: { key, value: null },
    });
  }

  async write(to: TopicPartition, records: readonly OutputRecord[]): Promise<readonly Refused[]> {
    const refused: Refused[] = [];
    for (let start = 0; start < records.length;) {
      const { end, bytes } = this.#fit(to.topic, records, start);
      await this.#send(to, records, start, end, bytes, refused);
      start = end;
    }
    return refused;
  }

  /**
   * The end of a send that begins at `start`, and its bytes: limited by count and by bytes, but at
   * least one record.
   */
  #fit(
    topic: string,
    records: readonly OutputRecord[],
    start: number,
  ): { end: number; bytes: number } {
    const most = Math.min(records.length, start + (isFlat() ? FLAT_SEND_RECORDS : SEND_RECORDS));
    const limit = this.#sendLimits.of(topic);
    let bytes = 0;
    for (let i = start; i < most; i++) {
      const size = sizeOf(records[i]!);
      if (bytes + size > limit && i > start) return { end: i, bytes };
      bytes += size;
    }
    return { end: most, bytes };
  }

  /**
   * Sends records[start, end). A batch that is too large is halved until the record that causes it
   * is alone.
   */
  async #send(
    to: TopicPartition,
    records: readonly OutputRecord[],
    start: number,
    end: number,
    bytes: number,
    refused: Refused[],
  ): Promise<void> {
    let why = this.#sendLimits.isTooLarge(to.topic, bytes) ? 'it closes the connection' : undefined;
    if (why === undefined) why = await this.#attempt(to, records, start, end, bytes);
    if (why === undefined) return;
    if (end - start === 1) {
      refused.push({
        index: start,
        reason: `the broker rejects the record of ${bytes} bytes: ${why}`,
      });
      return;
    }
    if (why !== 'INVALID_RECORD') this.#sendLimits.refused(to.topic, bytes);
    const middle = (start + end) >>> 1;
    const first = sizeOfAll(records, start, middle);
    await this.#send(to, records, start, middle, first, refused);
    await this.#send(to, records, middle, end, bytes - first, refused);
  }

  /**
   * Returns why the broker permanently rejects these records, or undefined if they are written.
   * Throws temporary errors.
   */
  async #attempt(
    to: TopicPartition,
    records: readonly OutputRecord[],
    start: number,
    end: number,
    bytes: number,
  ): Promise<string | undefined> {
    try {
      const written = await this.#producer.send({
        topic: to.topic,
        messages: isFlat()
          ? flatMessages(to, records, start, end)
          : plainMessages(to, records, start, end),
        acks: ALL_IN_SYNC_REPLICAS,
        compression: this.#compression,
      });
      // When a leader moves, a send can resolve without having written. Only the answer of the
      // partition counts.
      const answer = written.find(
        ({ topicName, partition }) => topicName === to.topic && partition === to.partition,
      );
      if (answer?.errorCode === 0) return undefined;
      const what = `the broker did not acknowledge the write to ${to.topic}-${to.partition}`;
      throw new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what });
    } catch (error) {
      const type = typeOf(error);
      if (type !== undefined && REFUSED.has(type)) return type;
      throw await this.#outage(error, to, bytes);
    }
  }

  /** The meaning of a failed send, by the current state of the topic. */
  async #outage(
    error: unknown,
    { topic, partition }: TopicPartition,
    bytes: number,
  ): Promise<ScorerError> {
    const meaning = destinationError(error, topic);
    if (meaning.fate !== 'retry') return meaning;
    const count = await this.partitions(topic).catch(() => 0);
    if (count === 0) return meaning;
    if (partition >= count) return missingPartition(topic, partition, count);
    // A broker closes the connection if a request is too large for it. While the cluster answers,
    // this is not an outage.
    if (isCut(error)) this.#sendLimits.cut(topic, bytes);
    return meaning;
  }
}

function sizeOfAll(records: readonly OutputRecord[], start: number, end: number): number {
  let bytes = 0;
  for (let i = start; i < end; i++) bytes += sizeOf(records[i]!);
  return bytes;
}

/** Key, value and headers. */
function sizeOf(record: OutputRecord): number {
  const bytes = Math.max(keyLength(record), 0) + Math.max(valueLength(record), 0);
  return record.headers === undefined ? bytes : bytes + sizeOfHeaders(record.headers);
}

function sizeOfHeaders(headers: NonNullable<OutputRecord['headers']>): number {
  let bytes = 0;
  for (const [name, value] of headersInOrder(headers)) {
    bytes += Buffer.byteLength(name) + (value === null ? 0 : Buffer.byteLength(value));
  }
  return bytes;
}

/** The output topic lacks the partition for the scores of an input partition. */
function missingPartition(topic: string, partition: number, count: number): ScorerError {
  const what = `the output topic has no partition ${partition} for the scores of input partition ${partition}: ${topic} has ${count} ${count === 1 ? 'partition' : 'partitions'}`;
  const remedy = `kafka-topics.sh --alter --topic ${topic} --partitions ${partition + 1}. Scoring then resumes by itself.`;
  return new ScorerError({ code: 'OUTPUT_PARTITIONS', what, where: topic, remedy });
}

/** Whether the other side closed the connection during a write. */
function isCut(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { name, code } = at as NodeJS.ErrnoException;
    if (name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET' || code === 'EPIPE')
      return true;
  }
  return false;
}

type Slice = [to: TopicPartition, records: readonly OutputRecord[], start: number, end: number];

function flatMessages(...[{ partition }, records, start, end]: Slice): Message[] {
  return OnePartition.slice(records, start, end, partition) as unknown as Message[];
}

function plainMessages(...[{ partition }, records, start, end]: Slice): Message[] {
  return records.slice(start, end).map(({ key, value, headers }) => ({
    key,
    value,
    partition,
    headers: headers as Message['headers'] & object,
  }));
}

/** The meaning of an error of the client for records that are written. */
export function destinationError(error: unknown, topic: string): ScorerError {
  if (error instanceof ScorerError) return error;
  const { message } = error as Error;
  if (isDenial(error)) {
    return new ScorerError(
      {
        code: 'KAFKA_DENIED',
        what: `Write on the topic ${topic} was denied: ${message}`,
        where: topic,
      },
      { cause: error },
    );
  }
  return new ScorerError(
    { code: 'DESTINATION_UNAVAILABLE', what: message, where: topic },
    { cause: error },
  );
}

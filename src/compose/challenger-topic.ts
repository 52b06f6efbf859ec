import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { encodeComparisons, type Side } from '../encode/comparison-encoder.ts';
import { comparisonSchema } from '../encode/comparison-schema.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { COMPRESSIONS } from '../kafkajs/kafka-codecs.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import { startKafkaSink } from '../produce/kafka-sink.ts';
import type { Sink } from '../produce/sink.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { scoreSchemaId } from './score-subject.ts';

export interface ChallengerTopicOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'find' | 'register'>;
  /** Connects a producer of its own. */
  readonly openSink: () => Promise<Started<Sink>>;
}

interface Destination {
  readonly topic: string;
  readonly schemaId: number;
  readonly partitions: number;
}

/**
 * Writes comparisons to the topic of the challenger, with a producer of its own. Nothing is
 * repeated beyond the retries of the producer: the caller counts what was not written.
 */
export class ChallengerTopic {
  readonly #options: ChallengerTopicOptions;
  #sink: Promise<Started<Sink>> | undefined;
  #destination: Destination | undefined;

  constructor(options: ChallengerTopicOptions) {
    this.#options = options;
  }

  /** Resolves with how many records were written. Rejects if the topic or the registry is away. */
  async write(
    topic: string,
    batch: Batch,
    rows: readonly number[],
    champion: Side,
    challenger: Side,
  ): Promise<number> {
    const { value: sink } = await this.#opened();
    if (this.#destination?.topic !== topic)
      this.#destination = await this.#destinationOf(topic, sink);
    const { schemaId, partitions } = this.#destination;
    const records = encodeComparisons(schemaId, batch, rows, champion, challenger, Date.now());
    const to = { topic, partition: batch.partition % partitions };
    try {
      return records.length - (await sink.write(to, records)).length;
    } catch (error) {
      this.#destination = undefined; // the topic may be another one by now
      throw error;
    }
  }

  async close(): Promise<void> {
    const sink = await this.#sink?.catch(() => undefined);
    await sink?.stop();
  }

  #opened(): Promise<Started<Sink>> {
    if (this.#sink === undefined) {
      const opening = this.#options.openSink();
      this.#sink = opening;
      opening.catch(() => (this.#sink = undefined)); // the next batch tries again
    }
    return this.#sink;
  }

  async #destinationOf(topic: string, sink: Sink): Promise<Destination> {
    const { settings, registry } = this.#options;
    const partitions = await sink.partitions(topic);
    if (partitions === 0) throw notThere(topic);
    const output = { ...settings.output, topic };
    const schema = comparisonSchema(output);
    const schemaId = await scoreSchemaId({ ...settings, output }, registry, schema);
    return { topic, schemaId, partitions };
  }
}

function notThere(topic: string): ScorerError {
  const what = `the topic ${topic} does not exist`;
  return new ScorerError({ code: 'TOPIC_NOT_FOUND', what, where: 'model.challengerTopic' });
}

/** A producer for comparisons alone, so that they never wait in front of scores. */
export function openChallengerSink(kafka: Kafka, settings: Settings): Promise<Started<Sink>> {
  const compression = COMPRESSIONS[settings.output.compression];
  return startKafkaSink({ kafka, compression, overrides: settings.kafkajs.producer });
}

import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import type { OutputRecord } from '../flow/record.ts';
import { COMPRESSIONS } from '../kafkajs/kafka-codecs.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import { startKafkaSink } from '../produce/kafka-sink.ts';
import type { Sink } from '../produce/sink.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { schemaIdOf } from './score-subject.ts';
import { sideSubject, type SideKey } from './side-subjects.ts';

export interface SideConnections {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'find' | 'register'>;
  /** Connects a producer of its own. */
  readonly openSink: () => Promise<Started<Sink>>;
}

export interface SideTopicOptions extends SideConnections {
  /** The key of the configuration that names the topic. */
  readonly where: SideKey;
}

/** Records for one partition. */
export interface SideRecords {
  readonly partition: number;
  readonly records: readonly OutputRecord[];
}

export interface Destination {
  readonly schemaId: number;
  readonly partitions: number;
  readonly partitionOf: Sink['partitionOf'];
}

/**
 * A topic beside the stream, with a producer of its own, so that its records never wait in front of
 * scores. Nothing is repeated beyond the retries of the producer.
 */
export class SideTopic {
  readonly #options: SideTopicOptions;
  #sink: Promise<Started<Sink>> | undefined;
  #known: { readonly topic: string; readonly to: Destination } | undefined;

  constructor(options: SideTopicOptions) {
    this.#options = options;
  }

  /**
   * Resolves with how many records were written: a broker may refuse some for good. Rejects if the
   * topic or the registry is away; some records may then be there.
   */
  async write(topic: string, make: (to: Destination) => readonly SideRecords[]): Promise<number> {
    const { value: sink } = await this.#opened();
    if (this.#known?.topic !== topic)
      this.#known = { topic, to: await this.#destinationOf(topic, sink) };
    let written = 0;
    try {
      for (const { partition, records } of make(this.#known.to)) {
        const refused = await sink.write({ topic, partition }, records);
        written += records.length - refused.length;
      }
      return written;
    } catch (error) {
      this.#known = undefined; // the topic may be another one by now
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
      opening.catch(() => (this.#sink = undefined)); // the next write tries again
    }
    return this.#sink;
  }

  async #destinationOf(topic: string, sink: Sink): Promise<Destination> {
    const { settings, registry, where } = this.#options;
    const partitions = await sink.partitions(topic);
    if (partitions === 0) {
      const what = `the topic ${topic} does not exist`;
      throw new ScorerError({ code: 'TOPIC_NOT_FOUND', what, where });
    }
    const { subject, schema, words } = sideSubject(where, topic, settings.output);
    const schemaId = await schemaIdOf(subject, settings, registry, schema, words);
    return { schemaId, partitions, partitionOf: (...of) => sink.partitionOf(...of) };
  }
}

/** A producer for records beside the stream. */
export function openSideSink(kafka: Kafka, settings: Settings): Promise<Started<Sink>> {
  const compression = COMPRESSIONS[settings.output.compression];
  return startKafkaSink({ kafka, compression, overrides: settings.kafkajs.producer });
}

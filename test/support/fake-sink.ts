import { ScorerError } from '../../src/errors.ts';
import type { TopicPartition } from '../../src/flow/batch.ts';
import type { OutputRecord } from '../../src/flow/record.ts';
import type { Refused, Sink } from '../../src/produce/sink.ts';
import { murmur2 } from './murmur2.ts';

/**
 * A sink into memory that behaves as the port says; test/contract/sink.test.ts holds it to that.
 */
export class FakeSink implements Sink {
  readonly topics = new Map<string, OutputRecord[][]>();
  /** Every write as it was asked for, also those that failed. */
  readonly asked: { readonly to: TopicPartition; readonly records: readonly OutputRecord[] }[] = [];
  /**
   * Outcomes of the next calls of `write`: true lets it through, false is an outage; without any
   * all go through.
   */
  readonly script: boolean[] = [];
  /** Which records the broker takes. */
  takes: (record: OutputRecord, topic: string) => boolean;

  constructor(topics: Readonly<Record<string, number>>, takes: FakeSink['takes'] = () => true) {
    for (const [topic, count] of Object.entries(topics)) {
      const logs = Array.from({ length: count }, (): OutputRecord[] => []);
      this.topics.set(topic, logs);
    }
    this.takes = takes;
  }

  async partitions(topic: string): Promise<number> {
    return this.#partitions(topic).length;
  }

  partitionOf(key: Buffer | null, partitions: number, otherwise: number): number {
    return (key === null ? otherwise : murmur2(key) & 0x7fffffff) % partitions;
  }

  async write(to: TopicPartition, records: readonly OutputRecord[]): Promise<readonly Refused[]> {
    this.asked.push({ to, records });
    const log = this.#partitions(to.topic)[to.partition];
    if (this.script.shift() === false) throw away(to.topic);
    if (log === undefined)
      throw new ScorerError({
        code: 'OUTPUT_PARTITIONS',
        what: 'there is no such partition',
        where: to.topic,
      });
    const refused: Refused[] = [];
    for (const [index, record] of records.entries()) {
      if (this.takes(record, to.topic)) log.push(record);
      else refused.push({ index, reason: 'too large' });
    }
    return refused;
  }

  /** What a partition holds. */
  log(topic: string, partition = 0): readonly OutputRecord[] {
    return this.#partitions(topic)[partition]!;
  }

  #partitions(topic: string): OutputRecord[][] {
    const partitions = this.topics.get(topic);
    if (partitions === undefined) throw away(topic);
    return partitions;
  }
}

function away(topic: string): ScorerError {
  return new ScorerError({
    code: 'DESTINATION_UNAVAILABLE',
    what: 'the topic does not answer',
    where: topic,
  });
}

import { ScorerError } from '../../../src/errors.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import type { OutputRecord } from '../../../src/flow/record.ts';
import type { Refused, Sink } from '../../../src/produce/sink.ts';
import { murmur2 } from '../murmur2.ts';

type Write = Sink['write'];

export const unwritten = (): ScorerError =>
  new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what: 'the topic does not answer' });

/** A sink into the cluster in memory. Every topic has as many partitions as the input. */
export class MemorySink implements Sink {
  readonly #partitions: number;
  readonly #write: Write;

  constructor(partitions: number, write: Write) {
    this.#partitions = partitions;
    this.#write = write;
  }

  partitions(): Promise<number> {
    return Promise.resolve(this.#partitions);
  }

  partitionOf(key: Buffer | null, partitions: number, otherwise: number): number {
    return (key === null ? otherwise : murmur2(key) & 0x7fffffff) % partitions;
  }

  write(to: TopicPartition, records: readonly OutputRecord[]): Promise<readonly Refused[]> {
    return this.#write(to, records);
  }
}

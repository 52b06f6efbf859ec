import { ScorerError } from '../../../src/errors.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import type { OutputRecord } from '../../../src/flow/record.ts';
import type { Refused, Sink } from '../../../src/produce/sink.ts';
import { murmur2 } from '../murmur2.ts';

type Write = Sink['write'];

export const unwritten = (): ScorerError =>
  new ScorerError({ code: 'DESTINATION_UNAVAILABLE', what: 'the topic does not answer' });

/** A sink into the cluster in memory; test/contract/sink.test.ts holds it to the port. */
export class MemorySink implements Sink {
  readonly partitions: Sink['partitions'];
  readonly #write: Write;

  constructor(partitions: Sink['partitions'], write: Write) {
    this.partitions = partitions;
    this.#write = write;
  }

  partitionOf(key: Buffer | null, partitions: number, otherwise: number): number {
    return (key === null ? otherwise : murmur2(key) & 0x7fffffff) % partitions;
  }

  write(to: TopicPartition, records: readonly OutputRecord[]): Promise<readonly Refused[]> {
    return this.#write(to, records);
  }
}

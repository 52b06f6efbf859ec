import type { ScorerError } from '../../src/errors.ts';
import type { Fetched, SourceEvents } from '../../src/consume/source.ts';
import type { TopicPartition } from '../../src/flow/batch.ts';
import { offsetsOf } from './given-records.ts';

/** What a source told, by partition, since the last assignment. */
export class RecordedEvents implements SourceEvents {
  /** Partitions of every assignment, in order. */
  readonly assignments: number[][] = [];
  readonly offsets = new Map<number, number[]>();
  readonly values = new Map<number, (string | undefined)[]>();
  readonly positions = new Map<number, bigint>();
  readonly interruptions: ScorerError[] = [];
  readonly crashes: Error[] = [];
  /** Fetches that a broker answered. */
  answers = 0;
  /** Called for each fetch after it is written down; the source waits for it. */
  onFetched: (fetched: Fetched) => Promise<void> = () => Promise.resolve();
  onRejoining: () => Promise<void> = () => Promise.resolve();

  get assignedNow(): readonly number[] | undefined {
    return this.assignments.at(-1);
  }

  assigned(partitions: readonly TopicPartition[]): void {
    this.assignments.push(partitions.map(({ partition }) => partition).sort((a, b) => a - b));
    for (const seen of [this.offsets, this.values, this.positions]) seen.clear();
  }

  looped(answered: boolean): void {
    if (answered) this.answers++;
  }

  fetched(fetched: Fetched): Promise<void> {
    const { partition, records, nextOffset } = fetched;
    this.offsets.set(partition, [...this.of(partition), ...offsetsOf(records)]);
    const values = records.map(({ value }) => value?.toString());
    this.values.set(partition, [...(this.values.get(partition) ?? []), ...values]);
    this.positions.set(partition, nextOffset);
    return this.onFetched(fetched);
  }

  rejoining(): Promise<void> {
    return this.onRejoining();
  }

  interrupted(outage: ScorerError): void {
    this.interruptions.push(outage);
  }

  crashed(error: Error): void {
    this.crashes.push(error);
  }

  /** Offsets delivered of a partition. */
  of(partition: number): readonly number[] {
    return this.offsets.get(partition) ?? [];
  }
}

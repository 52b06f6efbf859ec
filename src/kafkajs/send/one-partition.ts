import type { OutputRecord } from '../../flow/record.ts';

type Group = (into: object, message: { readonly partition: number }) => unknown;

/**
 * Messages of one send that all go to the same partition. kafkajs groups the messages of a send by
 * partition with a `reduce` that copies the array for every message; this array answers that
 * question itself.
 */
export class OnePartition extends Array<OutputRecord> {
  /** Set after construction: Array's own methods construct subclasses with a length. */
  partition = 0;

  static slice(
    records: readonly OutputRecord[],
    start: number,
    end: number,
    partition: number,
  ): OnePartition {
    const messages = new OnePartition(end - start);
    for (let i = start; i < end; i++) messages[i - start] = records[i]!;
    messages.partition = partition;
    return messages;
  }

  /**
   * kafkajs' grouping is the only caller: all messages, under their partition. Its partitioner is
   * asked once for all of them.
   */
  override reduce(...[group]: unknown[]): never {
    (group as Group)({}, { partition: this.partition });
    return { [this.partition]: this } as never;
  }
}

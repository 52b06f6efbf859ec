import type { OutputRecord } from '../../flow/record.ts';

type Group = (into: object, message: { readonly partition: number }) => unknown;

/**
 * Messages of one send that all go to the same partition. kafkajs groups messages by partition with
 * a `reduce` that copies the array for every message. This array answers that call itself.
 */
export class OnePartition extends Array<OutputRecord> {
  /** Set after construction, because the methods of Array construct subclasses with a length. */
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
   * Only the grouping of kafkajs calls this: it returns all messages under their partition. The
   * partitioner of kafkajs is called once for all of them.
   */
  override reduce(...[group]: unknown[]): never {
    (group as Group)({}, { partition: this.partition });
    return { [this.partition]: this } as never;
  }
}

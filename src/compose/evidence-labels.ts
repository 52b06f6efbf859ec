import type { RangeReader } from '../consume/range-reader.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { nextTurn } from '../runtime/next-turn.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { openLabels, type LabelTopic } from './label-follower.ts';

export interface LabelRangeOptions extends LabelTopic {
  readonly reader: RangeReader;
  /** In ms: labels that were written later do not count. Undefined: all that are there. */
  readonly to: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads a topic of labels, one partition after the other, so that the same contents always give the
 * same result. The last label of an id counts, and those of an id are in one partition.
 */
export async function readLabelRange(options: LabelRangeOptions): Promise<void> {
  const { reader, topic, to, signal } = options;
  const apply = await openLabels(options);
  for (let partition = 0; ; partition++) {
    const range = {
      topic,
      partitions: [partition],
      to: to === undefined ? undefined : { time: to },
    };
    try {
      for await (const { records } of reader.read({ ...range, signal })) {
        const batch: Batch = { topic, partition, records, closedBy: 'end' };
        await untilAvailable(() => apply(batch), { signal });
        await nextTurn();
      }
    } catch (error) {
      // there is no further partition
      if (partition > 0 && error instanceof ScorerError && error.code === 'TOPIC_NOT_FOUND') return;
      throw error;
    }
  }
}

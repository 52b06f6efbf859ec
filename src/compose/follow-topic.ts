import { setTimeout as sleep } from 'node:timers/promises';
import type { RangeReader } from '../consume/range-reader.ts';
import { ScorerError } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { untilAvailable } from '../runtime/retry.ts';

/** What is done with the records of a topic. Either all of a batch is done, or it rejects. */
export type ApplyRecords = (batch: Batch) => Promise<void>;

export interface FollowTopicOptions {
  readonly topic: string;
  /** The first record, by its time in ms. */
  readonly from: number;
  readonly reader: RangeReader;
  /** Called whenever the reading begins, with newer schemas. */
  readonly open: () => Promise<ApplyRecords>;
  /** Why the topic is not read now; undefined: it is read again. */
  readonly onTrouble: (why: string | undefined) => void;
  readonly signal: AbortSignal;
  readonly retryMs?: number;
  /** After this time the reading begins again, and sees new partitions and schemas. */
  readonly renewMs?: number;
}

const RETRY_MS = 2000;
const RENEW_MS = 300_000;

/**
 * Reads a topic without a group, from a time on, until the signal aborts. If it cannot be read, it
 * is tried again: whoever follows it keeps what is there.
 */
export async function followTopic(options: FollowTopicOptions): Promise<void> {
  const { topic, reader, onTrouble, signal, retryMs = RETRY_MS, renewMs = RENEW_MS } = options;
  const next = new Map<number, number>();
  let { from } = options;
  let trouble: string | undefined;
  const told = (why: string | undefined): void => {
    if (why !== trouble) onTrouble((trouble = why));
  };

  async function read(until: AbortSignal): Promise<void> {
    const apply = await options.open();
    // A partition that was added meanwhile is read from its first record.
    const start =
      next.size === 0 ? { time: from } : { offset: (partition: number) => next.get(partition) };
    const fetches = reader.read({ topic, from: start, follow: true, signal: until });
    for await (const { partition, records, nextOffset } of fetches) {
      const batch: Batch = { topic, partition, records, closedBy: 'end' };
      if (records.length > 0) await untilAvailable(() => apply(batch), { signal: until });
      next.set(partition, Number(nextOffset));
      told(undefined);
    }
  }

  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const renewal = AbortSignal.timeout(renewMs);
    const until = AbortSignal.any([signal, renewal]);
    try {
      await read(until);
    } catch (error) {
      if (stopped()) return;
      if (renewal.aborted) continue;
      // The topic was made again, or its records were deleted.
      if (error instanceof ScorerError && error.code === 'OFFSET_OUT_OF_RANGE') {
        next.clear();
        from = Date.now();
      }
      told(`the topic ${topic} cannot be read: ${(error as Error).message}`);
      await sleep(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
